"""Reference numbers for `src/evaluate/label_sets.rs`: scores of label sets by scikit-learn, intervals by numpy.

    python tests/oracles/label_sets.py      # writes tests/data/label_sets.json

Versions: see requirements.txt beside this file.
"""

import json
import math
import pathlib
from importlib.metadata import version

import numpy as np
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

rng = np.random.default_rng(20261122)


def known(value):
    return None if math.isnan(value) else float(value)


def places(rows):
    return [[int(k) for k in np.flatnonzero(row)] for row in rows]


def draw(n, labels, density, slip):
    truth = rng.random((n, labels)) < density
    return truth, truth ^ (rng.random((n, labels)) < slip)


cases = []
for n, labels, density, slip in [
    (n, labels, density, slip)
    for n in (1, 7, 40)
    for labels in (1, 3, 12)
    for density in (0.05, 0.4)
    for slip in (0.0, 0.1, 0.5)
]:
    truth, predicted = draw(n, labels, density, slip)
    nan = {"zero_division": np.nan}
    # With one column scikit-learn takes the table for a single yes or no.
    each = [(truth[:, k], predicted[:, k]) for k in range(labels)]
    f1 = [known(f1_score(t, p, **nan)) for t, p in each]
    seen = [value for value in f1 if value is not None]
    macro = sum(seen) / len(seen) if seen else None
    if labels > 1 and seen:
        assert abs(macro - f1_score(truth, predicted, average="macro", **nan)) < 1e-12
    micro = f1_score(truth, predicted, average="micro", zero_division=0) if labels > 1 else (f1[0] or 0.0)
    cases.append(
        {
            "labels": labels,
            "truth": places(truth),
            "predicted": places(predicted),
            "exact_match": float(accuracy_score(truth, predicted)),
            "micro_f1": float(micro),
            "macro_f1": macro,
            "precision": [known(precision_score(t, p, **nan)) for t, p in each],
            "recall": [known(recall_score(t, p, **nan)) for t, p in each],
            "f1": f1,
            "support": [int(t.sum()) for t, _ in each],
        }
    )

truth, predicted = draw(80, 4, 0.35, 0.2)
micro, mean = [], []
for _ in range(40_000):
    at = rng.integers(0, len(truth), len(truth))
    t, p = truth[at], predicted[at]
    hits, calls, support = (t & p).sum(0), p.sum(0), t.sum(0)
    micro.append(2 * hits.sum() / (calls.sum() + support.sum()))
    mean.append(np.mean(2 * hits / (calls + support)))
ends = [float(np.quantile(values, q)) for values in (micro, mean) for q in (0.025, 0.975)]
bootstrap = {"labels": 4, "truth": places(truth), "predicted": places(predicted), "ends": ends}

out = pathlib.Path(__file__).parent.parent / "data" / "label_sets.json"
out.write_text(json.dumps({"source": {p: version(p) for p in ("numpy", "scikit-learn")}, "cases": cases, "bootstrap": bootstrap}, separators=(",", ":")) + "\n")
