"""One head by scikit-learn at the shapes of `cargo bench --bench fit -- head`: time on one thread, and the loss reached.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benches/peers/fit.py
"""
import statistics
import time

import numpy as np
from sklearn.linear_model import LogisticRegression

for n, d, k in [(1_000, 512, 10), (5_000, 1_280, 100)]:
    rng = np.random.default_rng(1)
    centres = 0.15 * rng.normal(size=(10, d))
    x = centres[np.arange(n) % 10] + rng.normal(size=(n, d))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    x = (x - x.mean(0)) / x.std(0)
    y = np.arange(n) % k
    for kind in ("f8", "f4"):
        rows, took = x.astype(kind), []
        for _ in range(3):
            start = time.perf_counter()
            # The gradient of the mean loss, as ours stops by the largest entry per unit of weight.
            head = LogisticRegression(C=1.0, tol=1e-4, max_iter=2000).fit(rows, y)
            took.append(time.perf_counter() - start)
        p = head.predict_proba(rows)[np.arange(n), y]
        loss = -np.log(p).sum() + 0.5 * (head.coef_**2).sum()
        print(f"{n} x {d}, {k} classes, {kind}: {statistics.median(took) * 1e3:8.1f} ms, {head.n_iter_[0]} iterations, loss {loss:.4f}")
