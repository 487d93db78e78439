# The page of models elsewhere.

predictions-title = Models elsewhere
predictions-nav = models elsewhere
predictions-about = Imported predictions, held against the labels. They are no labels, and nothing is trained on them.
predictions-none = No predictions were imported yet: import a table with a column of classes, and say that they are predictions.
predictions-models = How good they are
predictions-model = Model
predictions-count = Predictions
predictions-audited = Audit labels
predictions-accuracy = Accuracy
predictions-both = Audit labels of both
predictions-on-both = Its accuracy on these
predictions-committee = The committee’s
predictions-agree = Other labels
predictions-agreeing = { $n } of { $all } agree
predictions-how = Accuracy is measured on the audit set, which is labeled blind, with 95 % intervals. The committee is that of the newest round, on the same samples.
predictions-unknown = –
predictions-differ = { $n ->
    [one] 1 label differs from { $model }
   *[other] { $n } labels differ from { $model }
  }
predictions-picture = { $name }: labeled { $class }, predicted { $said }
