# The samples page and the page of flags.

samples-show = Show
samples-all = all
samples-labeled = labeled
samples-unlabeled = unlabeled
samples-skipped = skipped
samples-doubtful = doubtful labels
samples-flags = flags
samples-flags-open =
    { $n ->
        [one] flags (1 open)
       *[other] flags ({ $n } open)
    }
samples-part = File name contains
samples-text = Words in the text
samples-text-example = refund "late delivery"
samples-metadata = Metadata
samples-metadata-example = site=north
samples-annotator = Answered by
samples-anybody = anybody
samples-order = Sort by
samples-order-import = import order
samples-order-doubt = most doubtful
samples-sure = { $percent } % sure
samples-find = Find
samples-none = No sample is like this. Choose another filter, or import some.
samples-picture = { $name }: { $answer }
samples-audit = audit
samples-example = Example
samples-count =
    { $n ->
        [one] 1 sample
       *[other] { $n } samples
    }
samples-more = More

reason-unsure = unsure
reason-bad-data = bad data
reason-not-in-list = not in list
reason-other = other

flags-title = Flags
flags-waiting =
    { $n ->
        [0] No flag waits for an answer.
        [one] One flag waits for an answer.
       *[other] { $n } flags wait for an answer.
    }
flags-about = The person who raised a flag sees your answer on the desk.
flags-all-samples = all samples
flags-open = open flags
flags-with-done = with those that are done
flags-none = Nothing here. Annotators flag a sample on the desk with { $key } and a comment.
flags-on = Flag on { $name }
flags-done = done
flags-answer = Answer
flags-settle = Done

doubts-title = Doubtful labels
doubts-none = Labels are checked once two classes have some. Each is checked against a model that has not seen it.
doubts-picture = { $name }: labeled { $class }, the model says { $said }
doubts-about =
    { $n ->
        [one] 1 label was checked against a model that has not seen it. The model may be wrong: look at the samples.
       *[other] { $n } labels were checked, each against a model that has not seen it. The model may be wrong: look at the samples.
    }
doubts-settled =
    { $n ->
        [0] None is reviewed yet.
        [one] 1 sample is reviewed.
       *[other] { $n } samples are reviewed.
    }
doubts-changed =
    { $n ->
        [0] None of their labels was wrong.
        [one] 1 of their labels was wrong and is changed.
       *[other] { $n } of their labels were wrong and are changed.
    }
doubts-strong = The model disagrees strongly
doubts-slight = The model disagrees slightly
doubts-more = { $n } more
doubts-more-about = The most doubtful come first; further down, most labels are right.
doubts-no-other = The model agrees with every label that is not reviewed.

review-all = Select all
review-choose = Select { $name }
review-keep = Keep label
review-suggested = Take suggestion
review-label = Label
review-class = Class …
review-changed =
    { $n ->
        [one] 1 sample was answered meanwhile and was left as it is
       *[other] { $n } samples were answered meanwhile and were left as they are
    }
review-changed-hint = The others were settled. Open the page again to see what those say now.

sample-list-doubts = doubtful labels
sample-list-samples = samples
sample-place = { $at } of { $all }
sample-place-left =
    { $all ->
        [one] 1 left in
       *[other] { $all } left in
    }
sample-previous = Previous sample
sample-next = Next sample
sample-unanswered = No answer yet.
sample-skipped = { $said }.
sample-labeled = Labeled { $said }.
sample-differs = Labeled { $said }. The model says { $class }.
sample-keep = Keep { $said }
sample-ask-again = Ask again
sample-set-aside = Set aside
sample-settled = reviewed
sample-change-to = Or change it to
sample-answer-with = Answer with
sample-imported = imported { $age }
sample-file = Original file
sample-grid = Similar unlabeled ones
sample-about = About this sample
sample-label = Label
sample-none = None. It waits in the pool.
sample-example = Example beside the guide
sample-answers = Answers
sample-no-answers = Nobody has answered yet.
sample-undone = taken back
sample-by-import = imported
sample-by-review = in review
sample-by-grid = many at a time
sample-by-copy = as a copy
sample-asked-by = asked by round { $round }
sample-model = The model's view
sample-model-none = Shown once the sample has a label that the model can judge, so that answers stay independent of the model.
sample-model-about = Probabilities from a model that did not learn this label.
sample-near = Most similar labeled samples
sample-near-about = The number is the cosine similarity of the embeddings.
sample-metadata = Metadata
sample-words =
    { $n ->
        [one] 1 word
       *[other] { $n } words
    }
sample-steps =
    { $n ->
        [one] 1 step
       *[other] { $n } steps
    }
sample-channels =
    { $n ->
        [one] 1 channel
       *[other] { $n } channels
    }
