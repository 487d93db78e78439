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
insight-retired =
    { $n ->
        [one] 1 sample was retired from the audit set.
       *[other] { $n } samples were retired from the audit set.
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
insight-chart = { $shown } on the audit set against { $across }. { $headline }
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

insight-random-needed = Random labeling would have needed about { $n }.
insight-random-more = Random labeling would have needed more than { $n }.
insight-no-gain = No measurable gain over random yet.
insight-saved = Saved { $share } of the labels so far (95 % interval { $low } to { $high }).
insight-saved-least = Saved at least { $share } of the labels so far, by the 95 % interval.
insight-no-gain-about = Random labeling would have needed { $low } to { $high } labels (95 % interval). More audit answers narrow this; a replay compares strategies on the labels you have; a stronger encoder often helps most.
insight-no-gain-far = What random labeling reaches cannot be told beyond { $n } labels: the pool has no more, or the audit set is too small beside it. A replay compares strategies on the labels you have.
insight-no-gain-open = Random labeling would have needed { $low } or more labels (95 % interval). More audit answers narrow this; a replay compares strategies on the labels you have; a stronger encoder often helps most.
insight-random-waits = Random labeling is compared once { $n } audit samples are labeled.
insight-bridge = about { $n } labels saved
insight-random = random
insight-random-beyond = random, extrapolated
insight-target = target { $share } %
insight-changed-at = At { $n } labels: { $what }
insight-changed-strategy = strategy { $name }
insight-changed-encoder = encoder { $name }
insight-changed-class = new class { $name }
insight-changed-retired = class { $name } retired
insight-changed-audit =
    { $n ->
        [one] 1 sample left the audit set
       *[other] { $n } samples left the audit set
    }
insight-point-bare = Round { $round }: { $n } labels, { $share }
insight-view-measure = Measure
insight-view-axis = Axis
insight-view-scale = Scale
insight-by-labels = Labels
insight-by-hours = Hours
insight-by-cost = Cost
insight-linear = Linear
insight-log = Log
insight-recall-of = Recall of { $class }
insight-chart-hours = active hours
insight-chart-cost = cost { $currency }
insight-steps = Chart; the arrow keys step through its rounds
insight-about-macro-f1 = One point per round: the mean over classes of F1 on the audit set, in which a rare class counts as much as a frequent one. The newest point has a bootstrap 95 % interval.
insight-about-recall = One point per round: of the audit samples that have this class, the share for which it is predicted, with Wilson's 95 % interval.
insight-about-random = The gray line is random labeling: models trained on parts of the { $n } audit labels, which were drawn at random, and measured on the rest. It is measured up to { $to } labels; the dashed part beyond is a power law. The saved labels are compared on the same samples.
insight-about-hours = Hours are active time: an answer counts at most five times its person's median, so breaks do not.
insight-full = Full screen
stop-title = Go on or stop?
stop-stop = Stop.
stop-regardless = Going on regardless.
stop-go-on = Go on.
stop-too-early = Too early to say.
stop-no-rule = No rule is chosen.
stop-go-on-regardless = Go on regardless
stop-gain = The next 100 labels should add { $n } points ({ $low } to { $high }).
stop-cost = They cost about { $cost }.
stop-gain-unknown = What further labels add shows after a few more rounds and audit answers.
stop-rule-stable = Predictions stable
stop-rule-target = Target reached
stop-rule-target-of = Target { $share } % reached
stop-rule-doubt = Doubt in the pool
stop-rule-gain = Gain of the next 100
stop-rule-budget = Budget
stop-about-stable = Mean kappa of the last three comparisons of successive models on the audit set, at least 2 % of the labels apart. Stop from 0.99 on (Bloodgood and Vijay-Shanker 2009).
stop-about-target = The lower end of an interval that holds however often you look. Stop when it reaches the target.
stop-about-doubt = Mean entropy of the committee over the pool, as a share of the greatest possible. Stop below 5 %.
stop-about-gain = The upper end of the 90 % interval of what the next 100 labels add, by a power law through the curve. Stop below the least gain.
stop-about-budget = Labels spent, those of the audit set included.
stop-no-target = no target
stop-no-budget = no budget
stop-at-least = at least { $share }
stop-at-most = at most { $n } points
stop-met = says stop
stop-unmet = says go on
stop-goal = Goal, price and rules
stop-field-target = Target in percent
stop-field-budget = Budget in labels
stop-field-price = Price
stop-field-currency = Currency
stop-field-per = per
stop-per-label = label
stop-per-hour = hour
stop-field-gain = Least gain of the next 100 labels, in points
stop-field-rules = Advise to stop
stop-all = when all of them say so
stop-any = when one of them says so
stop-save = Save
take-svg = SVG
take-png = PNG
take-csv = CSV
take-json = JSON

insight-powered = Prediction-powered
insight-about-powered = One point per round: the same share, estimated by prediction-powered inference. How sure the committee is of audit samples without a label adds a little to what the labels say, so the 95 % interval is narrower.
