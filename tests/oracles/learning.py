"""Reference numbers for heads, strategies and intervals, from independent libraries.

    pip install -r tests/oracles/requirements.txt
    python tests/oracles/learning.py

writes tests/data/{logistic,scores,coverage,evaluate}.json. Every file names the versions it came from.
"""

import json
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from modAL.disagreement import KL_max_disagreement, consensus_entropy, vote_entropy as modal_vote_entropy
from scipy.stats import norm
from skactiveml.pool import MaxHerding, average_kl_divergence, batch_bald, uncertainty_scores, vote_entropy
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_recall_fscore_support
from statsmodels.stats.proportion import proportion_confint

warnings.filterwarnings("ignore")
OUT = Path(__file__).parent.parent / "data"
SOURCE = {p: version(p) for p in ["numpy", "scipy", "scikit-learn", "scikit-activeml", "modAL-python", "statsmodels"]}


def write(name, **content):
    def plain(x):
        if isinstance(x, dict):
            return {k: plain(v) for k, v in x.items()}
        if isinstance(x, (list, tuple)):
            return [plain(v) for v in x]
        if isinstance(x, np.ndarray):
            return plain(x.tolist())
        if isinstance(x, (float, np.floating)):
            return float(f"{x:.12g}")
        return int(x) if isinstance(x, np.integer) else x

    text = json.dumps(plain({"source": SOURCE, **content}), separators=(",", ":"))
    (OUT / f"{name}.json").write_text(text + "\n")


def logistic():
    rng = np.random.default_rng(1)
    cases = []
    for n, d, k, lam, weighted in [(60, 6, 3, 1.0, False), (60, 6, 3, 0.01, True), (12, 30, 4, 1.0, False),
                                   (25, 40, 5, 0.1, True), (80, 5, 2, 10.0, False), (30, 30, 3, 0.1, False)]:
        centre = rng.normal(size=(k, d))
        y = np.arange(n) % k
        x = np.round(centre[y] + 1.5 * rng.normal(size=(n, d)) + 0.5, 3)
        t = np.round(centre[np.arange(8) % k] + 1.5 * rng.normal(size=(8, d)) + 0.5, 3)
        w = np.round(rng.exponential(size=n), 3) if weighted else np.ones(n)
        unit = lambda a: a.astype(float) / np.linalg.norm(a.astype(float), axis=1, keepdims=True)
        mean, sd = unit(x).mean(0), unit(x).std(0)
        feature = lambda a: (unit(a) - mean) / sd
        assert abs((feature(x) ** 2).sum(1).mean() - d) < 1e-9
        fits = [LogisticRegression(C=1 / lam, tol=1e-12, max_iter=100000, solver=s).fit(feature(x), y, sample_weight=w)
                for s in ("lbfgs", "newton-cg")]
        p, q = (fit.predict_proba(feature(t)) for fit in fits)
        if k > 2:  # scikit-learn fits two classes with one weight vector, which halves the penalty: compared below
            assert abs(p - q).max() < 2e-6, abs(p - q).max()
        else:
            # softmax over two rows w, -w: |W|^2 = 2 |w|^2 = |w1 - w0|^2 / 2
            p = LogisticRegression(C=2 / lam, tol=1e-12, max_iter=100000).fit(feature(x), y, sample_weight=w)
            p = p.predict_proba(feature(t))
        cases.append(dict(n=n, d=d, k=k, lam=lam, rows=x.ravel(), labels=y, weights=w,
                          test=t.ravel(), expected=p.ravel()))
    write("logistic", cases=cases)


class Fixed:
    """A committee whose votes are given."""

    def __init__(self, p):  # members x samples x classes
        self.p, self.n_learners = p, len(p)
        self.classes_ = np.arange(p.shape[2])

    def vote_proba(self, X):
        return self.p.transpose(1, 0, 2)

    def predict_proba(self, X):
        return self.p.mean(0)

    def vote(self, X):
        return self.p.argmax(2).T

    def __iter__(self):
        return iter(range(self.n_learners))

    def __len__(self):
        return self.n_learners


def scores():
    rng = np.random.default_rng(2)
    cases = []
    for _ in range(240):
        m, k = rng.integers(2, 7), rng.integers(2, 9)
        p = rng.dirichlet(np.full(k, rng.choice([0.3, 1.0, 5.0])), size=(m, 1))
        p = np.round(p, 5) + 1e-5
        p /= p.sum(-1, keepdims=True)
        mean = p.mean(0)
        votes = p.argmax(2).T
        fixed, X = Fixed(p), np.zeros((1, 1))
        u = lambda how: float(uncertainty_scores(mean.copy(), method=how)[0])
        kl, bald = average_kl_divergence(p.copy())[0], batch_bald(p.copy(), batch_size=1)
        bald = float(np.ravel(bald)[0])
        assert abs(kl - bald) < 1e-6, (kl, bald)
        ve = float(vote_entropy(votes, np.arange(k))[0])
        top = np.sort(mean[0])[::-1]
        cases.append(dict(m=m, k=k, votes=p.ravel(), expected=dict([
            ("least-confidence", u("least_confident")), ("margin", u("margin_sampling")), ("entropy", u("entropy")),
            ("ratio", top[1] / top[0]), ("vote-entropy", ve),
            ("consensus-entropy", float(consensus_entropy(fixed, X)[0])), ("bald", float(kl)),
            ("max-disagreement", float(KL_max_disagreement(fixed, X)[0]))])))
        assert abs(ve - modal_vote_entropy(fixed, X)[0]) < 1e-9
    write("scores", cases=cases)


def coverage():
    rng = np.random.default_rng(3)
    cases = []
    while len(cases) < 200:
        n, d, covered = 20, 3, len(cases) % 4
        x = np.round(rng.normal(size=(n, d)), 4)
        unit = x / np.linalg.norm(x, axis=1, keepdims=True)
        y = np.full(n, np.nan)
        y[:covered] = 0
        strategy = MaxHerding(metric_dict={"gamma": 1.0}, random_state=0)
        picks, gains = strategy.query(unit, y, batch_size=5, return_utilities=True)
        # Two isolated neighbours cover each other equally, and the library breaks that tie by chance: leave those out.
        top = np.sort(np.nan_to_num(gains, nan=-1), axis=1)
        if (top[:, -1] - top[:, -2] < 1e-6).any():
            continue
        cases.append(dict(n=n, d=d, covered=covered, rows=x.ravel(), expected=picks))
    write("coverage", cases=cases)


def evaluate():
    rng = np.random.default_rng(4)
    wilson = []
    for n in (1, 2, 10, 100, 865, 10**6):
        for k in sorted({0, 1, n // 3, n - 1, n}):
            for level in (0.8, 0.95, 0.99):
                low, high = proportion_confint(k, n, alpha=1 - level, method="wilson")
                wilson.append([k, n, level, low, high])
    quantiles = [[p, norm.ppf(p)] for p in (1e-15, 1e-9, 1e-3, 0.025, 0.2, 0.5, 0.7, 0.95, 0.995, 0.9999999)]
    f1 = []
    for _ in range(200):
        k, n = rng.integers(2, 7), rng.integers(3, 25)
        t, p = rng.integers(0, k, n), rng.integers(0, k, n)
        each = precision_recall_fscore_support(t, p, labels=np.arange(k), zero_division=0)
        f1.append(dict(k=k, truth=t, predicted=p, macro=f1_score(t, p, average="macro", zero_division=0),
                       precision=each[0], recall=each[1], f1=each[2]))
    isotonic = []
    for _ in range(100):
        y = np.round(rng.normal(size=rng.integers(1, 15)), 4)
        isotonic.append([y, IsotonicRegression().fit_transform(np.arange(len(y)), y)])
    write("evaluate", wilson=wilson, quantiles=quantiles, f1=f1, isotonic=isotonic)


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for step in (logistic, scores, coverage, evaluate):
        step()
