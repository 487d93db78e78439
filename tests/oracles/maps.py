"""Reference for maps and drift: trustworthiness, the area under the curve with its error, and energy distance.

    pip install -r tests/oracles/requirements.txt
    python tests/oracles/maps.py

writes tests/data/maps.json. Trustworthiness is scikit-learn's, on rows without equal distances. The area under the curve is
scikit-learn's `roc_auc_score`; its standard error is that of DeLong, DeLong and Clarke-Pearson (1988), by the definition, from the
full matrix of comparisons. The energy distance is 2 E|X - Y| - E|X - X'| - E|Y - Y'| over all pairs by scipy's `cdist`; on a line it
is held against the square of `scipy.stats.energy_distance`.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import energy_distance
from sklearn.manifold import trustworthiness
from sklearn.metrics import roc_auc_score

rng = np.random.default_rng(16)


def numbers(values):
    return [float(f"{x:.9g}") for x in np.ravel(values)]


trusted = []
for at in range(24):
    n, d = int(rng.integers(24, 70)), int(rng.integers(2, 8))
    rows = rng.normal(size=(n, d)).astype("f4")
    places = (rows[:, :2] + [0.1, 0.7, 3.0][at % 3] * rng.normal(size=(n, 2))).astype("f4")
    k = int(rng.integers(1, 9))
    value = trustworthiness(rows.astype("f8"), places.astype("f8"), n_neighbors=k)
    trusted.append({"d": d, "k": k, "rows": numbers(rows), "places": places.astype(float).round(7).tolist(), "value": value})

areas = []
for at in range(30):
    m, n = int(rng.integers(2, 60)), int(rng.integers(2, 60))
    old, new = rng.normal(size=m), rng.normal(size=n) + [0.0, 0.5, 2.0][at % 3]
    if at % 2:
        old, new = old.round(0), new.round(0)
    area = roc_auc_score([0] * m + [1] * n, np.concatenate([old, new]))
    wins = (new[:, None] > old[None, :]) + 0.5 * (new[:, None] == old[None, :])
    error = np.sqrt(wins.mean(1).var(ddof=1) / n + wins.mean(0).var(ddof=1) / m)
    areas.append({"old": numbers(old), "new": numbers(new), "area": area, "error": float(error)})

energies = []
for at in range(16):
    m, n, d = int(rng.integers(1, 40)), int(rng.integers(1, 40)), [1, 3, 6][at % 3]
    old, new = rng.normal(size=(m, d)).astype("f4"), (rng.normal(size=(n, d)) + at / 16).astype("f4")
    a, b = old.astype("f8"), new.astype("f8")
    value = 2 * cdist(a, b).mean() - cdist(a, a).mean() - cdist(b, b).mean()
    if d == 1:
        assert abs(value - energy_distance(a[:, 0], b[:, 0]) ** 2) < 1e-12
    energies.append({"d": d, "old": numbers(old), "new": numbers(new), "value": float(value)})

source = {name: version(name) for name in ["numpy", "scipy", "scikit-learn"]}
found = {"source": source, "trustworthiness": trusted, "areas": areas, "energies": energies}
text = json.dumps(found, separators=(",", ":"))
(Path(__file__).parent.parent / "data" / "maps.json").write_text(text + "\n")
print(f"{len(trusted)} + {len(areas)} + {len(energies)} cases, {len(text)} bytes")
