# The desk: one sample at a time. What its scripts say as well lies in scripts.ftl.

desk-title = Label { $project }
desk-sample = Sample
desk-loading = The sample is on its way and is asked for again by itself. You can skip it.
desk-empty = Nothing to label just now
desk-show = Show a sample
desk-classes = Classes
desk-skip = skip
desk-undo = undo
desk-flag = flag
desk-guide-key = guide
desk-find = find a class
desk-store = Store
desk-none-of-these = None of these
desk-keys = Keys
desk-similar = Similar ones
desk-look = Look at the picture
desk-zoom-out = Zoom out
desk-zoom-in = Zoom in
desk-zoom = Zoom
desk-fit = Fit
desk-adjust-title = Adjust the picture
desk-more = more
desk-less = less
desk-invert = Invert
desk-as-it-is = As it is
desk-adjust-note = For this browser only; the picture itself stays as it is.
series-look = Look at the series
series-same-axes = Same axes
series-same-axes-about = The same y axis for every sample, as far as samples were shown so far
desk-side = Progress and guide
desk-progress = Progress
desk-today = Yours today
desk-goal = Answers of the day
desk-goal-met = That is all for today. Thank you.
desk-repeats = Some samples come again after a while, to see how clear they are.
desk-total = Your total
desk-pace = Your pace
desk-labeled = Labeled
desk-skipped = Skipped
desk-past = Your last answers
desk-back = back
desk-forth = forth: look at an answer, or change it
desk-guide = Guide
desk-example = Example of { $class } { $n }

desk-why-random = Drawn at random: nothing is ranked yet
desk-why-chosen = Chosen on the map; some questions are blind checks
desk-why-coverage = Chosen to cover the pool: there is no model yet
desk-why-auto = Chosen where an answer leaves least doubt over the pool; some questions are blind checks
desk-why-auto-round = Chosen by the committee of round { $round } where an answer leaves least doubt over the pool; some questions are blind checks
desk-why-ranked = Ranked by { $strategy }; some questions are blind checks
desk-why-ranked-round = Ranked by { $strategy } with the committee of round { $round }; some questions are blind checks

desk-empty-no-samples = The project has no samples yet. They appear here as soon as an admin imports some.
desk-empty-done =
    { $n ->
        [one] The one sample has an answer. Thank you: the queue is finished. Samples that are imported later appear here.
       *[other] All { $n } samples have an answer. Thank you: the queue is finished. Samples that are imported later appear here.
    }
desk-empty-done-but =
    { $skipped ->
        [one] All { $n } samples have an answer, and 1 of them was skipped. Thank you: the queue is finished. Samples that are imported later appear here.
       *[other] All { $n } samples have an answer, and { $skipped } of them were skipped. Thank you: the queue is finished. Samples that are imported later appear here.
    }
desk-empty-all-skipped =
    { $n ->
        [one] The one sample was skipped, so there is no label to train on. Samples that are imported later appear here.
       *[other] All { $n } samples were skipped, so there is no label to train on. Samples that are imported later appear here.
    }
desk-empty-with-others =
    { $n ->
        [one] The last sample is with somebody else. It comes back here if nobody answers it within half an hour.
       *[other] The last { $n } samples are with other people. They come back here if nobody answers them within half an hour.
    }

desk-no-round = No round can run: ONNX Runtime is missing on the server
desk-no-samples = Samples have to be imported first
desk-encoding = The first round follows once the samples are encoded
desk-encoding-failed = No round can run: the samples could not be encoded; a lead sees why on the settings page
desk-round-failed = The last round failed; a lead sees why on the rounds page, and the next answer asks for another
desk-first-answers = The first answers start the training
desk-first-round = The first round follows soon
desk-nothing-labeled = No label so far: every answer is a skip
desk-one-answer = Every label so far is the same; training needs a second class
desk-finished-untrained = The queue is finished; a round needs labels of two classes outside the audit set
desk-last-answers =
    { $n ->
        [one] The last answer is trained on within { $minutes } minutes
       *[other] The last { $n } answers are trained on within { $minutes } minutes
    }
desk-finished = The queue is finished, and every answer is trained on
desk-round-due = A round is due and trains by itself
desk-next-round =
    { $n ->
        [one] The next answer starts a round
       *[other] Next round in { $n } answers
    }

first-key = One key answers and goes on.
first-tap = One tap answers and goes on.
first-back = Z takes back, S skips.
first-swipe = Swipe right to go back, left to skip.
first-saved = Every answer is saved at once.
first-seen = Got it

skip-title = Skip this sample. Why?
skip-unsure = I am not sure
skip-bad-data = The sample is unusable
skip-not-in-list = Its class is not in the list
skip-other = Something else
skip-what = What is it?
skip-with-note = Skip with this note
skip-not = Do not skip

flag-title = Ask the lead about this sample
flag-what = What should the lead know?
flag-about = The sample stays in front of you: answer it or skip it as well. The lead's answer appears here.

search-title = Find a class
search-part = Part of its name
search-none = No class has this in its name.
search-choose = choose
search-answers = answers
search-turns = turns it on or off
search-closes = closes

keys-title = Your keys
keys-about = Choose a class, then press its key. They are kept with your account, for this project.
keys-defaults = Restore defaults
text-sample = Text to label
text-look = How the text is shown
text-smaller = Smaller text
text-larger = Larger text
text-size = Size of the text
text-serif = Serif
text-wide = Wide
text-marks = Model's words
text-letter = A
table-sample = Row to label
table-look = How the row is shown
table-marks = Model's columns
