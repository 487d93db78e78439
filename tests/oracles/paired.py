"""Reference for the comparison of two classifiers: statsmodels' exact McNemar test.

    pip install -r tests/oracles/requirements.txt
    python tests/oracles/paired.py

writes tests/data/paired.json: triples of (only the first right, only the second right, p-value), each checked against
scipy's two-sided binomial test.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar

rng = np.random.default_rng(4)
pairs = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 6), (5, 0), (10, 10), (3, 12), (40, 12), (500, 430), (2000, 1800)]
pairs += [(int(a), int(b)) for a, b in rng.integers(0, 60, (60, 2))]
cases = []
for first, second in pairs:
    p = float(mcnemar([[7, first], [second, 2]], exact=True).pvalue) if first + second else 1.0
    if first + second:
        assert abs(p - binomtest(first, first + second).pvalue) < 1e-9, (first, second)
    cases.append([first, second, min(p, 1.0)])
source = {name: version(name) for name in ["scipy", "statsmodels"]}
text = json.dumps({"source": source, "mcnemar": cases}, separators=(",", ":"))
(Path(__file__).parent.parent / "data" / "paired.json").write_text(text + "\n")
print(f"{len(cases)} cases, {len(text)} bytes")
