"""Reference numbers for src/evaluate/powered.rs: the mean by prediction-powered inference, ppi-python.

    pip install -r tests/oracles/requirements.txt
    python tests/oracles/powered.py
"""

import json
import pathlib

import numpy as np
from ppi_py import ppi_mean_ci, ppi_mean_pointestimate

OUT = pathlib.Path(__file__).parent.parent / "data" / "powered.json"

rng = np.random.default_rng(7)
cases = []
for _ in range(12):
    n, rest = int(rng.integers(20, 300)), int(rng.integers(30, 2000))
    sure = rng.beta(rng.uniform(1, 6), rng.uniform(0.5, 3), n + rest)
    right = (rng.random(n) < sure[:n]).astype(float)
    estimate = float(ppi_mean_pointestimate(right, sure[:n], sure[n:])[0])
    low, high = (float(end[0]) for end in ppi_mean_ci(right, sure[:n], sure[n:], alpha=0.05))
    cases.append(
        {
            "right": right.astype(bool).tolist(),
            "sure": sure[:n].round(6).tolist(),
            "rest": sure[n:].round(6).tolist(),
            "estimate": estimate,
            "half": (high - low) / 2,
        }
    )
    # What is stored is what is computed on.
    case = cases[-1]
    args = np.array(case["right"], float), np.array(case["sure"]), np.array(case["rest"])
    case["estimate"] = float(ppi_mean_pointestimate(*args)[0])
    low, high = (float(end[0]) for end in ppi_mean_ci(*args, alpha=0.05))
    case["half"] = (high - low) / 2
OUT.write_text(json.dumps({"source": "ppi-python 0.2.3", "cases": cases}) + "\n")
