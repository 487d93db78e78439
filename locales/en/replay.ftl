# The replay page: what other strategies would have achieved on the labels there are.

replay-title = Replay
replay-question = What would another strategy have achieved?
replay-question-about = A replay labels this project again from the start, with the labels it has: each strategy asks for some of them, a committee is trained on these alone, and its { measure } is measured.
replay-few-seeds =
    { $n ->
        [one] One seed is too few for a verdict.
       *[other] { $n } seeds are too few for a verdict.
    }
replay-saved = { $strategy } would have saved labels: random needed { $times } times as many.
replay-cost = { $strategy } would have cost labels: random needed { $times } times as many.
replay-no-difference = No clear difference between { $strategy } and random.
replay-replayed =
    { $n ->
        [one] 1 strategy replayed.
       *[other] { $n } strategies replayed.
    }
replay-measured =
    { $n ->
        [one] 1 seed of { $budget } labels, out of { $pool } labeled samples; { measure } is measured on { $test } others.
       *[other] { $n } seeds of { $budget } labels each, out of { $pool } labeled samples; { measure } is measured on { $test } others.
    }
replay-point = { $strategy }: { $share } with { $labels } labels
replay-not-reached = not reached
replay-on-audit = Measured on the { $n } labeled samples of the audit set, which no question of the replay touches.
replay-held-out = The audit set has fewer than { $least } labels, so { $n } labeled samples, drawn by the project's seed, were held out to measure on. The audit set was not used.

replay-verdict = { $own }; { $random }.
replay-verdict-end = { $own }; { $random }. { $end }.
replay-reached = { $strategy } reached { $share } % of full { measure } with { $labels } labels
replay-missed = { $strategy } did not reach { $share } % of full { measure } within { $budget } labels
replay-random-not-run = random was not run, so there is nothing to hold it against
replay-random-needed = random needed { $labels }
replay-random-needed-times = random needed { $labels }: { $times }
replay-random-missed = random did not within { $budget }: at least { $times } times
replay-random-neither = nor did random
replay-times = { $times } times, 95 % interval { $low } to { $high }
replay-times-one-seed = { $times } times, by one seed only, so without an interval
replay-end-all = The { measure } that random reached with all { $budget } labels took { $strategy } { $labels }
replay-end-all-times = The { measure } that random reached with all { $budget } labels took { $strategy } { $labels }: { $times }
replay-end-all-missed = The { measure } that random reached with all { $budget } labels was out of reach for { $strategy }
replay-end-some = The { measure } that random reached with { $random } of its { $budget } labels took { $strategy } { $labels }
replay-end-some-times = The { measure } that random reached with { $random } of its { $budget } labels took { $strategy } { $labels }: { $times }
replay-end-some-missed = The { measure } that random reached with { $random } of its { $budget } labels was out of reach for { $strategy }

replay-accuracy = { measure-title } by labels
replay-chart = Mean { measure } against labels, one line per strategy. { $headline }
replay-chart-x = labels
replay-bands = Means over seeds, with bands of two standard errors.
replay-full = With every label of the replay's pool: { $share }.
replay-verdicts = Verdict
replay-verdicts-about = Full { measure } is that with every label of the replay's pool. A factor above 1 means labels saved.
replay-trust = How far to trust it
replay-trust-pool = The pool of a replay is what was labeled here, and what was labeled was itself chosen by a strategy. So the differences between strategies come out smaller or larger than they would have been on the whole pool. The intervals are over seeds alone: other samples to measure on would move the numbers too.
replay-trust-audit = No question of a replay touches the audit set, and a replay changes nothing in the project.
replay-under-way = Under way
replay-waiting = Waiting to begin.
replay-runs =
    { $all ->
        [one] { $n } of 1 run.
       *[other] { $n } of { $all } runs.
    }
replay-beginning = Beginning.
replay-load-again = Load the page again to see how far it is.
replay-stop = Stop
replay-stop-about = Stopped, it ends after the runs it is in; the seeds that every strategy finished count.
replay-failed = The last replay failed: { $reason }
replay-new = New replay
replay-first = Strategy
replay-second = Against
replay-third = And (optional)
replay-none = none
replay-seeds = Seeds
replay-batch = Labels per round
replay-start = Replay
replay-start-about = Every strategy starts each seed from the same random labels. Fewer than ten seeds rarely tell strategies apart. Labeling goes on meanwhile.
replay-numbers = Numbers
replay-numbers-table = Numbers by strategy
replay-strategy = strategy
replay-area = mean { measure } over labels
replay-needed = labels to 95 % of full
replay-ratio = times random
replay-end = { measure } at the end
replay-numbers-about = 95 % intervals over seeds in brackets. Finished { $age }. For programs:

replay-no-labels = A replay needs labels of at least two classes, and this project has no labels; label some more first.
replay-one-class = A replay needs labels of at least two classes, and this project has labels of one class only; label some more first.
replay-few-labels = A replay needs at least { $least } labeled samples outside the audit set, and this project has { $n }; label some more first.
replay-nothing-encoded = Nothing is encoded yet, and a replay works on embeddings; wait for the encoding to end.
replay-few-encoded = { $n } of { $all } labeled samples are encoded so far, and a replay needs { $least }; wait for the encoding to end.
