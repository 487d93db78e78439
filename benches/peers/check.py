"""What efficiency.py takes for granted, checked on one data set, and what a query costs in the packages themselves.

    python benches/peers/check.py --data DIR [--labels 20 60 200] [--only NAME...]

Exactness of the head: fitted in the space of the labeled rows and fitted as usual, to a much smaller tolerance too.
Equal forms: how many of 20 positions rules.py and the package pick alike from the same state, and the seconds of both.
Badge of the package takes 16 N K D bytes: check it where that fits.
"""
import argparse
import pathlib
import tempfile
import time
import warnings

import efficiency  # first: it sets the number of threads

import numpy as np
from sklearn.linear_model import LogisticRegression

import rules


class Learner:
    """Just enough of a learner of modAL: X holds positions, or embeddings for the ranked batch."""

    on_transformed = False

    def __init__(self, proba, training=None):
        self.proba, self.X_training = proba, training

    def predict_proba(self, X):
        return self.proba


def modal(name):
    def rule(s):
        import modAL.batch
        import modAL.uncertainty

        left = s.open()
        learner = Learner(s.proba[left], s.unit[s.labeled])
        if name == "ranked":
            return left[modAL.batch.uncertainty_batch_sampling(learner, s.unit[left], n_instances=s.batch)[0]]
        return left[getattr(modAL.uncertainty, name)(learner, left, n_instances=s.batch)[0]]

    return rule


def herding(s):
    return rules.ask(s, rules.skactiveml("MaxHerding", metric_dict={"gamma": 1.0})(s), s.unit.astype("f8"))


def prob_cover(s):
    options = {"n_classes": s.classes, "deltas": rules.PROB_COVER_DELTAS, "cluster_algo_dict": {"random_state": 0}}
    return rules.ask(s, rules.skactiveml("ProbCover", **options)(s), s.unit)


def badge(rows):
    # The package takes a gradient of N x K D numbers.
    options = {"clf_embedding_flag_name": "rows"}
    return lambda s: rules.ask(
        s, rules.skactiveml("Badge", **options)(s), clf=rules.given(s.proba, rows(s)), fit_clf=False
    )


PACKAGE = {
    "skactiveml:badge": badge(lambda s: s.features.astype("f8")),
    "skactiveml:badge-unit": badge(lambda s: s.unit.astype("f8")),
    "skactiveml:coreset": lambda s: rules.ask(s, rules.skactiveml("CoreSet")(s), s.unit),
    "skactiveml:maxherding": herding,
    "skactiveml:probcover": prob_cover,
    "modal:ranked": modal("ranked"),
    "smalltext:contrastive": rules.smalltext("ContrastiveActiveLearning", rules.State.open, pbar=None),
    "modal:margin": modal("margin_sampling"),
    "modal:entropy": modal("entropy_sampling"),
    "smalltext:breaking-ties": rules.smalltext("BreakingTies", rules.State.open),
    "smalltext:coreset": rules.smalltext("GreedyCoreset", rules.State.open),
    "skactiveml:bald": lambda s: rules.ask(
        s, rules.skactiveml("GreedyBALD")(s), ensemble=[rules.given(p) for p in s.committee(8)], fit_ensemble=False
    ),
}


def state(data, labels, seed, cache):
    labeled = np.random.default_rng(seed).choice(len(data.y), labels, replace=False)
    known = data.y[labeled]
    head = efficiency.fit(data.features[labeled], known, data.classes)

    def committee(members):
        rng = np.random.default_rng(seed)
        draws = [rng.integers(labels, size=labels) for _ in range(members)]
        heads = efficiency.fit(data.features[labeled], known, data.classes, draws)
        return [np.exp(efficiency.log_proba(data.features, one)) for one in heads]

    proba = np.exp(efficiency.log_proba(data.features, head))
    return rules.State(
        data.folder, cache, data.unit, data.features, data.mean, data.sd, data.classes, labeled, known, proba, *head,
        committee, 20, seed, 2000, data.shared, {},
    )  # fmt: skip


def heads(data, labels):
    """Largest differences in test probabilities; far tighter tolerances show the optimum to be the same."""
    labeled = np.random.default_rng(labels).choice(len(data.y), labels, replace=False)
    x, y, seen = data.features[labeled].astype("f8"), data.y[labeled], np.unique(data.y[labeled])
    for tol in (1e-4, efficiency.TOL, 1e-9):
        head = efficiency.fit(data.features[labeled], y, data.classes, tol=tol)
        ours = efficiency.log_proba(data.test, head)[:, seen]
        usual = LogisticRegression(tol=tol, max_iter=50000).fit(x, y).predict_log_proba(data.test.astype("f8"))
        apart, same = np.abs(np.exp(ours) - np.exp(usual)).max(), (ours.argmax(1) == usual.argmax(1)).mean()
        print(f"head, {labels} labels, tol {tol:g}: largest difference {apart:.1e}, equal classes {same:.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--labels", type=int, nargs="+", default=[20, 60, 200])
    parser.add_argument("--only", nargs="+", default=list(PACKAGE))
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    data = efficiency.Data(args.data)
    for labels in args.labels:
        heads(data, labels)
    for name in args.only:
        same, seconds, own = [], [], []
        for seed, labels in enumerate(args.labels):
            picks = []
            with tempfile.TemporaryDirectory() as cache:
                for rule in (rules.RULES[rules.EQUAL.get(name, name)], PACKAGE[name]):
                    s = state(data, labels, seed, pathlib.Path(cache))
                    start = time.perf_counter()
                    picks.append(set(np.asarray(rule(s), int).tolist()))
                    (own, seconds)[len(picks) - 1].append(time.perf_counter() - start)
            same.append(len(picks[0] & picks[1]))
        print(f"{name}: equal picks of 20 {same}; package {np.mean(seconds):.2f} s, here {own[-1]:.3f} s", flush=True)


if __name__ == "__main__":
    main()
