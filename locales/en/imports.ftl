# The pages of imports: all of them, and what became of the items of one.

imports-title = Imports
imports-about = Every import, with what became of each of its items.
imports-all = All imports
imports-none = Nothing was imported yet.
imports-source = Source
imports-when = When
imports-by = By
imports-items = Items
imports-bucket-of = { $source }: { $count } { $bucket }
imports-earlier = Earlier imports
imports-one = Import of { $source }
imports-by-whom = { $age }, by { $name }
imports-labels = Labels: { $labels }.
imports-relabeled = Labels of earlier imports gave way.
imports-new-classes = New classes: { $classes }.
imports-counts = Items by what became of them
imports-show = Show
imports-all-outcomes = all
imports-outcomes = What became of them
imports-outcomes-about = Every item that was not plainly added.
imports-as-table = All of them as CSV
imports-no-outcomes = There is nothing to say here.
imports-outcome = Outcome
imports-name = Name
imports-what = What there is to say
imports-sample = Sample
imports-same = It has the same content as { $name }.
imports-taken = { $name } has the same content and got the label “{ $label }”.
imports-replaced = { $name } has the same content; its label is “{ $label }” now and was “{ $standing }”.
imports-contradicts = It says “{ $label }”. The same content, { $name }, has “{ $standing }”, which stands.
imports-more = More
imports-cancel = Cancel this import
imports-undo = Take this import back
imports-taken-back = taken back
imports-named = Its labels come from { $name }.
imports-predicted-by = Predictions of { $name }; they are no labels.
imports-predictions = Compare them
imports-undone = Taken back { $age } by { $name }: { $samples ->
    [one] 1 sample left
   *[other] { $samples } samples left
  }, { $labels ->
    [one] 1 label of another sample was taken back.
   *[other] { $labels } labels of other samples were taken back.
  }
imports-undo-ask = Take the import of { $source } back?
imports-undo-leave = { $n ->
    [0] No sample leaves.
    [one] 1 sample that only this import brought leaves, with its file.
   *[other] { $n } samples that only this import brought leave, with their files.
  }
imports-undo-labels = { $n ->
    [one] 1 label on a sample that stays is taken back
   *[other] { $n } labels on samples that stay are taken back
  }; { $current } of them are current answers, the others were answered since.
imports-undo-predictions = { $n ->
    [one] 1 prediction is dropped.
   *[other] { $n } predictions are dropped.
  }
fate-answered = { $n ->
    [one] 1 sample stays, since somebody answered it.
   *[other] { $n } samples stay, since somebody answered them.
  }
fate-imported = { $n ->
    [one] 1 sample stays, since another import brought or labeled it too.
   *[other] { $n } samples stay, since another import brought or labeled them too.
  }
fate-used = { $n ->
    [one] 1 sample stays: it is an example, somebody asked about it, or a copy of it left the audit set.
   *[other] { $n } samples stay: they are examples, somebody asked about them, or a copy of theirs left the audit set.
  }
fate-asked = { $n ->
    [one] 1 sample stays for now, since somebody has it in front of them.
   *[other] { $n } samples stay for now, since somebody has them in front of them.
  }
imports-undo-staying = Among those that stay: { $names }.
imports-undo-report = The report of the import stays. The samples that left can be imported again.
imports-dry = dry run
imports-dry-about = Nothing was changed: the counts say what would become of each file. The files are kept for a day.
imports-go-on = Import these files
