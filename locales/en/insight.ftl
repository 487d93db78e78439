# The insight page: what the labels achieved.

insight-none = No label yet.
insight-none-about = The first answers train a first model; then this page says what they achieved.
insight-unmeasured =
    { $n ->
        [one] 1 label so far; nothing measured yet.
       *[other] { $n } labels so far; nothing measured yet.
    }
insight-unmeasured-about =
    { $measure ->
        [exact-match] Exact match and F1 are measured on audit samples, which are mixed into the questions. They appear once a model is trained and some of them are answered.
       *[accuracy] Accuracy is measured on audit samples, which are mixed into the questions. It appears once a model is trained and some of them are answered.
    }
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
    { $measure ->
        [exact-match]
            { $n ->
                [one] 1 label: the whole set is right for { $share }.
               *[other] { $n } labels: the whole set is right for { $share }.
            }
       *[accuracy]
            { $n ->
                [one] 1 label reached { $share } accuracy.
               *[other] { $n } labels reached { $share } accuracy.
            }
    }
insight-measured =
    { $measure ->
        [exact-match] For { $n } of { $all } randomly drawn audit samples the whole set of classes is right, neither more nor less (95 % interval { $low } to { $high }).
       *[accuracy] The model is right on { $n } of { $all } randomly drawn audit samples (95 % interval { $low } to { $high }).
    }
insight-never-trained = They never trained.
insight-blind = They were labeled blind and never trained.
insight-imported =
    { $n ->
        [one] 1 of the audit labels came with an import, so it was not given blind.
       *[other] { $n } of the audit labels came with an import, so they were not given blind.
    }
insight-reviewed =
    { $n ->
        [one] 1 of the audit labels was settled in review, where the model's view is shown, so it was not given blind.
       *[other] { $n } of the audit labels were settled in review, where the model's view is shown, so they were not given blind.
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
insight-encoding-part = { $n } of { $all } ({ $percent } %)
insight-label-now = Labeling can begin now.
insight-efficiency = Label efficiency
insight-chart = { measure-title } on the audit set against training labels. { $headline }
insight-chart-x = training labels
insight-chart-about =
    { $measure ->
        [exact-match] One point per round: the share of audit samples whose whole set of classes it gets right (exact match). It is strict; F1 beside it counts classes one by one. The band is the 95 % interval (Wilson); it narrows as more audit samples are answered. Every point is measured on the same audit samples.
       *[accuracy] One point per round: the share of audit samples it gets right. The band is the 95 % interval (Wilson); it narrows as more audit samples are answered. Every point is measured on the same audit samples.
    }
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
insight-others-about = A replay runs several strategies on the labels you have, and says what each would have achieved.
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
insight-interval = 95 % interval
insight-macro-f1-column = macro F1
insight-strategy-column = strategy
insight-points =
    { $n ->
        [one] 1 measured round.
       *[other] { $n } measured rounds.
    }
insight-for-programs = For programs:
