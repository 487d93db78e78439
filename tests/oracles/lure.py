"""Weights and estimates of the levelled unbiased risk estimator, in exact fractions.

    python3 tests/oracles/lure.py > tests/data/lure.json

Farquhar, Gal and Rainforth 2021, equation 5, with the sum of the weights below. Needs nothing but Python.
"""

import json
import random
from fractions import Fraction

rng = random.Random(2021)
cases = []
for n, m in ((10, 10), (10, 4), (50, 20), (200, 1), (200, 60), (1000, 100), (5000, 250)):
    m = max(m, 2)
    chances, right, weights, exact, total = [], [], [], [], Fraction(0)
    for k in range(1, m + 1):
        left = n - k + 1
        even = Fraction(1, 20 * left)
        chance = even if rng.random() < 0.3 else even + Fraction(19, 20)
        hit = rng.random() < 0.7
        weight = Fraction(1) if k == n else 1 + Fraction(n - m, n - k) * (1 / (left * chance) - 1)
        total += weight * hit
        chances.append(float(chance))
        right.append(hit)
        weights.append(float(weight))
        exact.append(weight)
    cases.append({"n": n, "chances": chances, "right": right, "weights": weights, "estimate": float(total / sum(exact))})
print(json.dumps(cases))
