# What is asked.

asking-title = What is asked
asking-headline = Of 100 questions, about { $ranked } teach the model, { $audit } measure it, and { $others } do other things.
asking-next = The next 100 questions
asking-ranked = Ranked by { $strategy }
asking-ranked-about = What people chose on the map, or else what the strategy ranks highest.
asking-floor = Floors
asking-floor-about = Samples likely to be of a class, or of a part of the pool, with too few labels.
asking-audit = Audit set
asking-audit-about = Drawn at random at import and never trained on. Fewer come once many have a label.
asking-random = At random
asking-random-about = From the whole pool whatever the ranking says, so that every sample has a chance.
asking-second = Second opinions
asking-second-about = Samples that somebody else has answered.
asking-repeat = Again
asking-repeat-about = Samples that come again to the person who answered them.
asking-floors = Floors
asking-floors-about = A class with a floor is looked for until it has this many training labels: its likeliest samples are asked. One label of it is needed to begin with.
asking-at-least = At least
asking-floor-of = Labels that { $class } is to have at least
asking-column = Each value of
asking-no-column = no column
asking-column-labels = has at least
asking-of = { $labels } of { $floor }
asking-floor-share = Share of the strategy’s questions, in %
asking-floor-share-about = So many go to floors while something is short, and to the strategy otherwise.
asking-people = People
asking-per-day = Answers a day
asking-per-day-about = Each person sees a bar that fills. Nobody is stopped at the end of it.
asking-repeats = Answers that come again, in %
asking-repeats-about = After half an hour at the earliest, some samples come a second time to the same person. How often the answer is the same bounds what any model can reach. The desk says that this happens. The newer answer counts.
asking-audit-set = Audit set
asking-audit-share = Share of the pool
asking-audit-samples = Samples
asking-audit-labeled = Labeled
asking-audit-smaller = Once its intervals are narrow enough, part of the audit set can be retired: its labels train from then on. What stays is a random part of the pool as before. A sample that has trained never audits again, so the set cannot be made larger.
asking-audit-new-share = New share, in %
audit-retire = Retire the rest
audit-retire-ask = Make the audit set { $share } of the pool?
audit-retire-leave =
    { $n ->
        [one] 1 sample leaves it, { $labels } labels among them train from now on.
       *[other] { $n } samples leave it, { $labels } labels among them train from now on.
    }
audit-retire-stay =
    { $n ->
        [one] 1 sample stays, with { $labels } labels to measure accuracy on.
       *[other] { $n } samples stay, with { $labels } labels to measure accuracy on.
    }
audit-retire-final = This cannot be undone.
