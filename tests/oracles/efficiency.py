"""Reference numbers for src/evaluate/{power_law,sequence}.rs.

    pip install -r tests/oracles/requirements.txt
    python tests/oracles/efficiency.py

Power laws: scipy.optimize.least_squares from many starts, within the bounds that the Rust fit has.
Sequences: scipy.optimize.brentq on the Beta(1/2, 1/2) mixture written with scipy.special.betaln.
"""

import json
import pathlib

import numpy as np
import scipy
from scipy.optimize import brentq, least_squares
from scipy.special import betaln

OUT = pathlib.Path(__file__).parent.parent / "data" / "efficiency.json"


def power_law(rng):
    k = int(rng.integers(4, 12))
    labels = np.unique(np.round(10 * 1.5 ** np.arange(k))).astype(float)
    top, drop, exponent = rng.uniform(0.6, 1.0), rng.uniform(0.3, 2.5), rng.uniform(0.2, 1.2)
    clean = np.clip(top - drop * labels**-exponent, 0.02, 1)
    accuracy = np.clip(clean + rng.normal(0, 0.01, len(labels)), 0, 1)
    weights = rng.uniform(0.5, 2.0, len(labels))

    def rest(x):
        return np.sqrt(weights) * (x[0] - x[1] * labels ** -x[2] - accuracy)

    best = None
    for start in [(0.9, 1.0, c) for c in (0.1, 0.3, 0.6, 1.0, 1.6)]:
        found = least_squares(rest, start, bounds=([-9, 0, 0.05], [1, 1e6, 2.0]), xtol=1e-14, ftol=1e-14, gtol=1e-14)
        if best is None or found.cost < best.cost:
            best = found
    return {
        "labels": labels.tolist(),
        "accuracy": accuracy.tolist(),
        "weights": weights.tolist(),
        "law": best.x.tolist(),
        "loss": float(2 * best.cost),
    }


def sequence(hits, n, alpha):
    def over(p):
        with np.errstate(divide="ignore", invalid="ignore"):
            likelihood = (hits * np.log(p) if hits else 0.0) + ((n - hits) * np.log1p(-p) if n > hits else 0.0)
        return betaln(hits + 0.5, n - hits + 0.5) - betaln(0.5, 0.5) - likelihood - np.log(1 / alpha)

    value = hits / n
    tiny = 1e-300
    low = 0.0 if hits == 0 else brentq(over, tiny, value, xtol=1e-13)
    high = 1.0 if hits == n else brentq(over, value, 1 - 1e-16, xtol=1e-13)
    return [hits, n, alpha, low, high]


def main():
    rng = np.random.default_rng(16)
    sequences = []
    for n in [1, 5, 20, 50, 138, 500, 2000, 10000]:
        for share in [0.0, 0.3, 0.8, 0.97, 1.0]:
            for alpha in [0.05, 0.001]:
                sequences.append(sequence(int(round(share * n)), n, alpha))
    out = {
        "source": f"tests/oracles/efficiency.py, scipy {scipy.__version__}, numpy {np.__version__}",
        "power_laws": [power_law(rng) for _ in range(60)],
        "sequences": sequences,
    }
    OUT.write_text(json.dumps(out) + "\n")


main()
