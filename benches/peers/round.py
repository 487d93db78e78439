"""The same round by scikit-learn: fit eight heads, score 100,000 samples, rank.

    pip install numpy==2.4.6 scikit-learn==1.7.2
    OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2 python benches/peers/round.py

Draws the same clusters as `benches/shape/mod.rs` (another generator, the same law). Prints the median of three runs in
milliseconds of wall time and of processor time.
"""
import statistics
import time

import numpy as np
from sklearn.linear_model import LogisticRegression

N, D, K, M, LABELS, BATCH = 100_000, 384, 10, 8, 500, 50
rng = np.random.default_rng(1)
centres = (0.15 * rng.normal(size=(K, D))).astype("f4")
y = np.arange(N) % K
x = centres[y] + rng.standard_normal((N, D), dtype="f4")
x /= np.linalg.norm(x, axis=1, keepdims=True)
x = (x - x.mean(0)) / x.std(0)


def fit(n):
    heads = []
    for m in range(M):
        weights = np.ones(n) if m == 0 else rng.exponential(size=n)
        c = 1.0 if m == 0 else 10 ** rng.uniform(-0.5, 0.5)
        heads.append(LogisticRegression(C=c, max_iter=500).fit(x[:n], y[:n], sample_weight=weights))
    return heads


def score(heads):
    w = np.concatenate([head.coef_ for head in heads]).astype("f4")
    b = np.concatenate([head.intercept_ for head in heads]).astype("f4")
    p = (x @ w.T + b).reshape(N, M, K)
    np.exp(p - p.max(-1, keepdims=True), out=p)
    p /= p.sum(-1, keepdims=True)
    mean = p.mean(1)
    entropy = lambda q: -(q * np.log(np.maximum(q, 1e-12))).sum(-1)
    return entropy(mean) - entropy(p).mean(1)


def whole():
    scores = score(fit(LABELS))
    top = np.argpartition(-scores, BATCH)[:BATCH]
    return top[np.argsort(-scores[top])]


def timed(name, work, runs=3):
    work()
    wall, cpu = [], []
    for _ in range(runs):
        a, b = time.perf_counter(), time.process_time()
        work()
        wall.append((time.perf_counter() - a) * 1e3)
        cpu.append((time.process_time() - b) * 1e3)
    print(f"{name:<24} {statistics.median(wall):8.1f} ms wall {statistics.median(cpu):8.1f} ms processor")


heads = fit(LABELS)
timed("score", lambda: score(heads))
timed("whole round", whole)
for labels in (50, 500):
    timed(f"fit {labels}", lambda: fit(labels))
