"""Reference numbers for `src/learn/cures/`.

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 imbalanced-learn==0.14.2 cleanlab==2.9.0
    python tests/oracles/cures.py      # writes tests/data/cures.json

- balanced: `compute_sample_weight("balanced", …)` of scikit-learn.
- beta_below: scipy's distribution function of Beta(0.2, 0.2).
- smote: neighbours of imbalanced-learn's `SMOTE`, and rows in danger of its `BorderlineSMOTE`, on rows of unit length.
- doubtful: `get_confident_thresholds` and `find_label_issues(filter_by="confident_learning")` of cleanlab.
- spreading: `LabelSpreading` of scikit-learn with a kernel that returns the weights given here.
- graphs: the 15 nearest rows by scikit-learn in both directions, cosines cubed, normalised as scipy's Laplacian does.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from cleanlab.count import get_confident_thresholds
from cleanlab.filter import find_label_issues
from imblearn.over_sampling import SMOTE, BorderlineSMOTE
from scipy.sparse import csgraph
from scipy.stats import beta
from sklearn.neighbors import NearestNeighbors
from sklearn.semi_supervised import LabelSpreading
from sklearn.utils.class_weight import compute_sample_weight

rng = np.random.default_rng(20261201)


def short(values, digits=9):
    return [float(f"{x:.{digits}g}") for x in np.ravel(values)]


def balanced():
    for k, n in [(2, 9), (5, 40), (7, 60)]:
        labels = rng.choice(k, size=n, p=rng.dirichlet(np.full(k, 1.0)))
        yield {"classes": k + 1, "labels": labels.tolist(), "weights": short(compute_sample_weight("balanced", labels), 12)}


def unit(n, d):
    rows = rng.normal(size=(n, d)).astype("f4")
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def smote():
    for n, d, k in [(40, 4, 3), (60, 6, 4)]:
        labels = rng.choice(k, size=n, p=[0.5] + [0.5 / (k - 1)] * (k - 1))
        rows = unit(n, d)
        rows[:, 0] += 0.6 * (labels == 1)
        rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).round(6).astype("f4")
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        own = rows[labels == 1]
        sampler = SMOTE(k_neighbors=5)
        sampler._validate_estimator()
        sampler.nn_k_.fit(own)
        near = sampler.nn_k_.kneighbors(own, return_distance=False)[:, 1:]
        border = BorderlineSMOTE(m_neighbors=10)
        border._validate_estimator()
        border.nn_m_.fit(rows)
        danger = border._in_danger_noise(border.nn_m_, own, 1, labels, kind="danger")
        yield {
            "d": d,
            "rows": short(rows),
            "labels": labels.tolist(),
            "class": 1,
            "neighbours": near.tolist(),
            "danger": np.flatnonzero(labels == 1)[danger].tolist(),
        }


def doubtful():
    for k, n in [(2, 40), (4, 60), (6, 80)]:
        p = rng.dirichlet(np.full(k, 0.5), size=n).round(4).astype("f4")
        p /= p.sum(1, keepdims=True)
        labels = np.array([rng.choice(k, p=row / row.sum()) for row in p.astype("f8")])
        wrong = rng.random(n) < 0.2
        labels[wrong] = rng.integers(k, size=wrong.sum())
        p = p.astype("f8")
        issues = find_label_issues(labels, p, filter_by="confident_learning", min_examples_per_class=0, n_jobs=1)
        yield {
            "labels": labels.tolist(),
            "probabilities": short(p),
            "thresholds": short(get_confident_thresholds(labels, p)),
            "doubtful": np.flatnonzero(issues).tolist(),
        }


def spreading():
    for n, k, alpha in [(30, 3, 0.2), (45, 4, 0.9)]:
        rows = rng.normal(size=(n, 3))
        weights = np.exp(-((rows[:, None] - rows[None]) ** 2).sum(-1)).round(6)
        weights[weights < 0.05] = 0
        np.fill_diagonal(weights, 0)
        for i in np.flatnonzero(weights.sum(1) == 0):
            weights[i, (i + 1) % n] = weights[(i + 1) % n, i] = 0.5
        labels = np.full(n, -1)
        labels[: 2 * k] = np.arange(2 * k) % k
        model = LabelSpreading(kernel=lambda a, b: weights.copy(), alpha=alpha, max_iter=5000, tol=1e-12)
        # What no label reaches divides nothing by nothing.
        with np.errstate(all="ignore"):
            model.fit(rows, labels)
        shares = model.label_distributions_
        assert np.isfinite(shares).all() and (shares.sum(1) > 0).all()
        pairs = [(int(i), int(j), float(weights[i, j])) for i in range(n) for j in range(i + 1, n) if weights[i, j] > 0]
        yield {"classes": k, "alpha": alpha, "pairs": pairs, "labels": labels.tolist(), "shares": short(shares)}


def graphs():
    for n, d, k in [(40, 5, 4), (70, 8, 15)]:
        rows = unit(n, d)
        near = NearestNeighbors(n_neighbors=k + 1).fit(rows.astype("f8")).kneighbors(return_distance=False, n_neighbors=k)
        weights = np.zeros((n, n))
        for i, js in enumerate(near):
            for j in js:
                weights[i, j] = weights[j, i] = max(float(rows[i].astype("f8") @ rows[j].astype("f8")), 0.0) ** 3
        s = -csgraph.laplacian(weights, normed=True)
        entries = [(i, j, float(f"{s[i, j]:.9g}")) for i in range(n) for j in range(i + 1, n) if weights[i, j] > 0]
        yield {"n": n, "d": d, "k": k, "rows": short(rows), "entries": entries}


at = [0.001, 0.01, 0.1, 0.3, 0.5, 0.8, 0.99]
result = {
    "source": {name: version(name) for name in ["numpy", "scipy", "scikit-learn", "imbalanced-learn", "cleanlab"]},
    "balanced": list(balanced()),
    "beta_below": [(x, float(f"{beta(0.2, 0.2).cdf(x):.9g}")) for x in at],
    "smote": list(smote()),
    "doubtful": list(doubtful()),
    "spreading": list(spreading()),
    "graphs": list(graphs()),
}
text = json.dumps(result, separators=(",", ":"))
(Path(__file__).parent.parent / "data" / "cures.json").write_text(text + "\n")
print({name: len(part) for name, part in result.items()}, len(text), "bytes")
