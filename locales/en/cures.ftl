# What would help: ways of learning with their measured gains.

help-nav = What would help
help-title = What would help here?
help-question = What would help here?
help-question-about = Querist can measure on this project's own labels what another encoder, a cure for few labels, or more labels would add to { measure }. Nothing changes until you switch it on.
help-start = Measure
help-start-about = It takes some minutes in the background; labeling goes on meanwhile.
help-measuring = Measuring
help-measuring-about = Labeling goes on meanwhile.
help-waiting = Waiting to begin.
help-failed = The last measurement failed: { $reason }
help-not-encoded = Nothing is encoded yet; wait for the encoding to end.
help-one-class = Measuring needs labels of at least two classes; label some more first.
help-few-labels = Measuring needs { $least } labels outside the audit set, and there are { $n }; label some more first.

help-adopt = Switch on { $name }. It should add about { $points } points.
help-adopt-encoder = Change the encoder to { $name }. It should add about { $points } points.
help-drop = Switch off { $name }. It costs about { $points } points.
help-label-on = Label on: { $n } more labels should add about { $points } points, more than anything else that is certain.
help-perhaps = { $name } may add more ({ $points }), but the labels cannot tell yet.
help-nothing = Nothing that was measured makes a certain difference.
help-explained = { measure-title } is { $share } in cross-validation on { $labels } labels. { $helps ->
        [0] Nothing helps for certain
        [one] 1 way helps
       *[other] { $helps } ways help
    }, { $hurts ->
        [0] none hurts
        [one] 1 hurts
       *[other] { $hurts } hurt
    }{ $open ->
        [0] .
        [one] ; of 1 the labels cannot tell.
       *[other] ; of { $open } the labels cannot tell.
    }

help-table = Measured on your labels
help-cure = way
help-gain = gain, points
help-zero = 0
help-cost = cost
help-use = use
help-helps = Helps
help-open = Can’t tell
help-hurts = Hurts
help-gain-aloud = { $gain } points; macro F1 { $f1 }
help-further = { $n } more labels
help-further-about = forecast from the learning curve
help-encoder-about = another encoder
help-cost-none = none
help-cost-seconds = { $n } s more a round
help-cost-labels = about { $n } min of labeling
help-cost-answers = { $n } answers
help-cost-encoder = { $ms } ms a sample, { $minutes } min once
help-cost-encoder-soon = { $ms } ms a sample, a minute once
help-open-desk = Label
help-open-copies = Copies
help-change-encoder = Change
help-is-measured = measured
help-is-forecast = forecast
help-lines = Lines are 95 % intervals.
help-apply = Apply from next round
help-again = Measure again
help-when = Measured { $age }, in { $seconds } s.

help-together = { $names } together
help-together-helps = The best two, measured together; it is { $share } now. Two cures often mend the same mistakes, so gains don’t add up.
help-together-open = The best two, measured together; it is { $share } now, and the labels cannot tell whether both are better.
help-together-hurts = Measured together, the best two are worse than the { $share } there is now. Switch on one of them.

help-what = What was measured
help-measured = { measure-title } in { $folds }-fold cross-validation on { $labels } labels, { $repeats } times over. Every way met the same folds, so each gain is a paired difference. Copies share a fold.
help-how-far = How far to trust it
help-order = The order more than the size: labels were chosen because they are hard, and across the whole pool gains are smaller.
help-trust = The { $n } audit samples show { $gain } points for { $name }.
help-trust-no-audit = There are too few audit labels to confirm it.
help-audit-only = Audit samples only confirm; they never choose.
help-at-once = Many at once
help-many = Among { $n } gains one may look good by luck, so the intervals of what was measured are widened until all of them hold together.

# What each cure is called, and what it does.
cure-larger-committee = Larger committee
cure-about-larger-committee = twice as many members
cure-without-doubtful = Without doubtful labels
cure-about-without-doubtful = labels that are probably wrong do not teach
cure-pseudo-labels = Pseudo-labels
cure-about-pseudo-labels = surest guesses of all members used as labels
cure-label-spreading = Label spreading
cure-about-label-spreading = labels reach unlabeled neighbours
cure-class-weights = Class weights
cure-about-class-weights = rare classes count more
cure-balanced-softmax = Prior correction
cure-about-balanced-softmax = predictions as if all classes were alike in number
cure-smote = SMOTE
cure-about-smote = mixtures of neighbours fill up rare classes
cure-borderline-smote = Borderline SMOTE
cure-about-borderline-smote = the same, where classes meet
cure-mixup = Mixup
cure-about-mixup = mixtures of two samples with both labels
cure-label-smoothing = Label smoothing
cure-about-label-smoothing = no label counts as quite certain
cure-feature-dropout = Feature dropout
cure-about-feature-dropout = copies that lack a part of the features
cure-copies = Augmented copies
cure-about-copies = mirrored, cropped or recoloured copies teach along
