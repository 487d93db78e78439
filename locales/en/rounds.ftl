# The rounds page: the shelf, every training, every decision of the rule; and two rounds compared.

rounds-rule = A round runs after every answer up to 50, then after each further 2 %; { $minutes } minutes after the last round if anything is new; on a new class or a correction; and on request.
rounds-rule-count = A round runs after { $n } answers; { $minutes } minutes after the last round if anything is new; on a new class or a correction; and on request.
rounds-last-failed = The newest round failed:
rounds-train = Train now
rounds-shelf = Shelf
rounds-in-use = in use
rounds-best = best
rounds-pinned = pinned
rounds-marks = Marks
rounds-actions = Actions
rounds-use = Use
rounds-use-round = Use round { $round }
rounds-pin = Pin
rounds-pin-round = Pin round { $round }
rounds-unpin = Unpin
rounds-unpin-round = Unpin round { $round }
rounds-model = Model
rounds-model-of = Model of round { $round }
rounds-rolled-back = Round { $round } is in use in place of the newest
rounds-rolled-back-about = for exports, predictions and { $file }, until the next round finishes. Labels are as they were, and so is the queue: the next round trains on all labels and ranks anew.
rounds-lift = Use the newest again
rounds-round = round
rounds-when = when
rounds-labels = labels
rounds-strategy = strategy
rounds-encoder = encoder
rounds-cause = because of
rounds-took = took
rounds-on = { $parts } (fit, score, rank) on the { $provider }, { $n } samples ranked
rounds-not-kept = committee not kept
rounds-shelf-about =
    { $n ->
        [one] Every round is scored on the 1 audit label there is now, with 95 % intervals. Best is the highest lower bound, from 20 audit labels on; chosen as the best of many, it looks a little better than it is.
       *[other] Every round is scored on the current { $n } audit labels, with 95 % intervals. Best is the highest lower bound, from 20 audit labels on; chosen as the best of many, it looks a little better than it is.
    }
rounds-use-about = rolls back: exports, predictions and { $file } take that round's committee until the next round finishes. It changes no label and does not rank the queue. Committees are kept for the newest 20 rounds, every fiftieth, and what is best, pinned or in use.
rounds-trainings = All rounds, newest first
rounds-trainings-table = All rounds
rounds-none = No round has run yet. The first one follows as soon as two classes have a label; until then samples are chosen to cover the pool.
rounds-none-earlier = There are no earlier rounds.
rounds-earlier = Earlier rounds
rounds-decisions = Decisions, newest first
rounds-decisions-table = Decisions
rounds-decisions-about = Every check of the retrain rule, and its outcome.
rounds-no-decisions = No answer has been given yet.
rounds-looked = trigger
rounds-since = new answers
rounds-due = threshold
rounds-decision = decision
rounds-fired = train
rounds-waited = wait

compare-title = Round { $first } and round { $second }
compare-round = Compare round
compare-with = with round
compare-on-audit = Compare on the audit set
compare-again = Compare
compare-all = All rounds
compare-same =
    { $n ->
        [one] On the same audit sample
       *[other] On the same { $n } audit samples
    }
compare-table = Who is right how often
compare-right = round { $round } right
compare-wrong = round { $round } wrong
compare-shares = Round { $first } is right on { $share }, round { $second } on { $other }.
compare-test = Intervals are Wilson's at 95 %. The test is McNemar's, exact and two-sided: it looks only at the samples on which one of the two alone is right. Both rounds are scored on the current audit labels.
compare-only = Only round { $round } is right
compare-neither = Both are wrong, each in its own way
compare-picture = { $name }: labeled { $truth }, round { $first } says { $said }, round { $second } says { $other }
compare-same-answers = They say the same on every sample.
compare-nothing = No audit sample that both rounds predicted has a label yet, so nothing can be said.
compare-even = Neither is right more often than the other.
compare-p = p { $p }
compare-p-below = p below { $p }
compare-better = Round { $round } is right more often, and chance alone would seldom do that ({ $p }).
compare-maybe = Round { $round } is right more often here, but that may well be chance ({ $p }).
