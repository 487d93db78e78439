"""Reference for synthetic samples: precision, recall, density, coverage, Fréchet distance, distances to the nearest, copulas.

    pip install -r tests/oracles/requirements.txt
    python tests/oracles/synthetic.py

writes tests/data/synthetic.json. Precision, recall, density and coverage are those of `prdc` 0.2 by the authors of density and
coverage, with k = 5; the spread is a ratio of traces by numpy. The Fréchet distance is by the definition with
`scipy.linalg.sqrtm`, also in the space of scikit-learn's `PCA` of both groups pooled. Quantiles of distances to the nearest are of
scikit-learn's `NearestNeighbors` on rows of unit length. Normal scores are scipy's `norm.ppf` of `rankdata`; their correlations are
numpy's over the rows that have both, shrunk by the formula of Schäfer and Strimmer (2005).
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from prdc import compute_prdc
from scipy.linalg import sqrtm
from scipy.stats import norm, rankdata
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

rng = np.random.default_rng(19)


def numbers(values):
    return [float(f"{x:.4g}") for x in np.ravel(values)]


def single(values):
    # As the numbers are written.
    return np.array(numbers(values), "f4").reshape(np.shape(values))


def frechet(a, b):
    one, other = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    cross = sqrtm(np.atleast_2d(one) @ np.atleast_2d(other))
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(one + other - 2 * cross.real))


manifolds = []
for at in range(12):
    n, m, d = int(rng.integers(7, 60)), int(rng.integers(7, 60)), int(rng.integers(2, 9))
    real = single(rng.normal(size=(n, d)))
    made = single(rng.normal(size=(m, d)) * [1.0, 0.3, 1.6][at % 3] + [0.0, 0.4, 0.0, 1.5][at % 4])
    found = compute_prdc(real_features=real.astype("f8"), fake_features=made.astype("f8"), nearest_k=5)
    case = {name: float(value) for name, value in found.items()}
    case["spread"] = float(made.astype("f8").var(0).sum() / real.astype("f8").var(0).sum())
    manifolds.append({"d": d, "real": numbers(real), "synthetic": numbers(made), **case})

distances = []
for at in range(8):
    n, m, d = int(rng.integers(40, 60)), int(rng.integers(40, 60)), int(rng.integers(4, 13))
    mix = rng.normal(size=(d, d)) * np.linspace(2, 0.2, d)
    one = single(rng.normal(size=(n, d)) @ mix)
    other = single(rng.normal(size=(m, d)) @ (mix + at / 10 * rng.normal(size=(d, d))) + at / 10)
    a, b = one.astype("f8"), other.astype("f8")
    dims = int(rng.integers(2, d))
    space = PCA(dims).fit(np.concatenate([a, b]))
    inside, kept = [space.transform(x) for x in (a, b)], float(space.explained_variance_ratio_.sum())
    distances.append({"d": d, "one": numbers(one), "other": numbers(other), "value": frechet(a, b), "dims": dims,
                      "kept": kept, "reduced": frechet(*inside)})

nearest = []
for at in range(6):
    n, m, d = int(rng.integers(20, 80)), int(rng.integers(20, 80)), int(rng.integers(3, 9))
    real, made = single(rng.normal(size=(n, d))), single(rng.normal(size=(m, d)))
    a, b = [x.astype("f8") / np.linalg.norm(x.astype("f8"), axis=1, keepdims=True) for x in (real, made)]
    search = NearestNeighbors(n_neighbors=2, algorithm="brute").fit(a)
    to_real, among = search.kneighbors(b)[0][:, 0], search.kneighbors(a)[0][:, 1]
    quantiles = [0.05, 0.5, 0.95]
    nearest.append({"d": d, "real": numbers(real), "synthetic": numbers(made),
                    "to_real": np.quantile(to_real, quantiles).tolist(), "among_real": np.quantile(among, quantiles).tolist(),
                    "shorter": float((to_real < np.quantile(among, 0.05)).mean())})

copulas = []
for at in range(6):
    n, p = int(rng.integers(8, 50)), int(rng.integers(2, 6))
    table = (rng.normal(size=(n, p)) @ rng.normal(size=(p, p))).round(at % 2)
    table[rng.random((n, p)) < 0.1] = np.nan
    scores = np.full((n, p), np.nan)
    for j in range(p):
        here = ~np.isnan(table[:, j])
        scores[here, j] = norm.ppf((rankdata(table[here, j]) - 0.5) / here.sum())
    r = np.eye(p)
    for i in range(p):
        for j in range(i):
            both = ~np.isnan(scores[:, i]) & ~np.isnan(scores[:, j])
            r[i, j] = r[j, i] = np.corrcoef(scores[both, i], scores[both, j])[0, 1]
    off = r[~np.eye(p, dtype=bool)]
    kept = 1 - min(1, ((1 - off**2) ** 2 / (n - 1)).sum() / (off**2).sum())
    table = [[None if np.isnan(x) else float(x) for x in row] for row in table]
    copulas.append({"table": table, "correlations": r.ravel().tolist(), "kept": float(kept)})

source = {name: version(name) for name in ["numpy", "scipy", "scikit-learn", "prdc"]}
found = {"source": source, "manifolds": manifolds, "distances": distances, "nearest": nearest, "copulas": copulas}
text = json.dumps(found, separators=(",", ":"))
(Path(__file__).parent.parent / "data" / "synthetic.json").write_text(text + "\n")
print(f"{len(manifolds)} + {len(distances)} + {len(nearest)} + {len(copulas)} cases, {len(text)} bytes")
