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
samples-part = Part of the file's name
samples-find = Find
samples-none = No sample is like this. Choose another filter, or import some.
samples-picture = { $name }: { $answer }
samples-audit = audit
samples-similar = similar
samples-similar-to = similar to { $name }
samples-example = Example
samples-example-shown = Example ✓
samples-example-of = { $name }: example of { $class } beside the guide
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
flags-about = Whoever raised a flag sees the answer on the desk.
flags-all-samples = all samples
flags-open = open flags
flags-with-done = with those that are done
flags-none = Nothing here. Annotators flag a sample on the desk with { $key } and a comment.
flags-on = Flag on { $name }
flags-done = done
flags-answer = Answer
flags-settle = Done

doubts-title = Doubtful labels
doubts-none = Labels are judged once two classes have some. Each is held against a model that has not seen it.
doubts-about =
    { $n ->
        [one] The 1 label was held against a model that has not seen it. Below a picture stand its label and, under that, what the model says. The model may err as well: look at the pictures.
       *[other] Each of { $n } labels was held against a model that has not seen it. Below a picture stand its label and, under that, what the model says. The model may err as well: look at the pictures.
    }
doubts-sure = The model is sure of another class
doubts-leans = The model leans to another class
doubts-picture = { $name }: labeled { $class }, the model says { $said }
doubts-no-other = The model is sure of no other class.
