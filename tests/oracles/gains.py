"""Reference numbers for `src/evaluate/gains.rs`: quantiles of Student's distribution and corrected resampled intervals.

    pip install -r tests/oracles/requirements.txt
    python tests/oracles/gains.py      # writes tests/data/gains.json

The corrected interval is that of Nadeau and Bengio (2003): mean ± t · sqrt((1/J + n2/n1) · s²), with numpy and scipy.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.stats import t

rng = np.random.default_rng(20261201)
quantiles = [
    [p, df, float(t.ppf(p, df))]
    for p in [0.5, 0.6, 0.9, 0.95, 0.975, 0.99, 0.9975, 0.999, 0.99999, 0.2, 0.025]
    for df in [1, 2, 3, 4, 9, 14, 29, 99, 195, 1000, 1e6]
]
cases = []
for _ in range(40):
    j = int(rng.integers(2, 40))
    differences = rng.normal(rng.normal(0, 0.02), 0.03, j).round(6)
    ratio, together = float(rng.choice([0.0, 0.25, 0.5])), int(rng.choice([1, 4, 8, 13]))
    error = np.sqrt((1 / j + ratio) * differences.var(ddof=1))
    half = t.ppf(1 - 0.05 / together / 2, j - 1) * error
    middle = differences.mean()
    cases.append({
        "differences": differences.tolist(), "test_by_train": ratio, "together": together,
        "low": float(middle - half), "high": float(middle + half),
    })
source = {name: version(name) for name in ["numpy", "scipy"]}
text = json.dumps({"source": source, "quantiles": quantiles, "corrected": cases}, separators=(",", ":"))
(Path(__file__).parent.parent / "data" / "gains.json").write_text(text + "\n")
print(f"{len(quantiles)} quantiles, {len(cases)} intervals, {len(text)} bytes")
