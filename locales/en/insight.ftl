# The insight page: what the labels bought.

insight-none = No label yet.
insight-none-about = The first answers train a first model; then this page says what they bought.
insight-unmeasured =
    { $n ->
        [one] 1 label so far; nothing measured yet.
       *[other] { $n } labels so far; nothing measured yet.
    }
insight-unmeasured-about = Accuracy is measured on audit samples, which are mixed into the questions. It appears once a model is trained and some of them are answered.
insight-so-far =
    { $n ->
        [one] 1 label so far.
       *[other] { $n } labels so far.
    }
insight-too-few =
    { $n ->
        [one] 1 audit answer is too few for a verdict.
       *[other] { $n } audit answers are too few for a verdict.
    }
insight-reached =
    { $n ->
        [one] 1 label reached { $share } accuracy.
       *[other] { $n } labels reached { $share } accuracy.
    }
insight-measured = { $n } of { $all } randomly drawn audit samples are right (95 % interval { $low } to { $high }).
insight-never-trained = They never trained.
insight-blind = They were labeled blind and never trained.
insight-imported =
    { $n ->
        [one] 1 of the audit labels came with an import, so it was not given blind.
       *[other] { $n } of the audit labels came with an import, so they were not given blind.
    }
insight-departed =
    { $n ->
        [one] 1 sample left the audit set, since a copy of it was found in the pool.
       *[other] { $n } samples left the audit set, since copies of them were found in the pool.
    }
insight-point = Round { $round }: { $n } labels, { $share } ({ $low } to { $high })

insight-round-age = Round { $round } · { $age }
insight-encoding = Encoding the pool
insight-encoding-failed = Encoding failed
insight-encoding-bar = Encoding
insight-encoding-part = { $n } of { $all } ({ $percent } %)
insight-label-now = Labeling can begin now.
insight-efficiency = Label efficiency
insight-chart = Audited accuracy against training labels. { $headline }
insight-chart-x = training labels
insight-chart-about = One point per round: the share of audit samples it gets right. The band is the 95 % interval (Wilson); it narrows as more audit samples are answered. Every point is measured on the same audit samples.
insight-chart-empty = The chart begins with the first trained round that has an audit answer to be measured on.
insight-next = Next round
insight-next-comes = { $what }.
insight-last-round =
    { $n ->
        [one] The last one trained on 1 label in { $took } on { $provider }.
       *[other] The last one trained on { $n } labels in { $took } on { $provider }.
    }
insight-strategy = Strategy: { $strategy }.
insight-train = Train now
insight-others = Other strategies
insight-others-about = A replay runs several on the labels there are, and says what each would have bought.
insight-replay = Replay
insight-standing = Where it stands
insight-samples = Samples
insight-pool = Pool
insight-labeled = Labeled
insight-skipped = Skipped
insight-audit = Audit labels
insight-macro-f1 = Macro F1
insight-not-yet = not yet
insight-classes = By class, weakest first
insight-classes-table = By class
insight-no-classes = The project has no classes yet.
insight-class = class
insight-labels = labels
insight-class-audit = audit
insight-f1-on-audit = F1 on audit
insight-f1 = F1
insight-f1-of = F1 of { $class }
insight-rounds = Rounds
insight-rounds-table = Measured rounds
insight-no-rounds = No round is measured yet.
insight-round = round
insight-accuracy = accuracy
insight-interval = 95 % interval
insight-macro-f1-column = macro F1
insight-strategy-column = strategy
insight-points =
    { $n ->
        [one] 1 measured round.
       *[other] { $n } measured rounds.
    }
insight-for-programs = For programs:
