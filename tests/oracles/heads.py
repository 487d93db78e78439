"""Reference numbers for the heads: leave-one-out, LDA, temperature, corrected prototypes, many labels, soft labels.

    pip install -r tests/oracles/requirements.txt
    OMP_NUM_THREADS=1 python tests/oracles/heads.py

writes tests/data/heads.json. Features are used as given: nothing is normalised or standardised, the bias is never
penalised. Heads minimise sum_i s_i CE(q_i, softmax(W x_i + b)) + lambda/2 |W|^2. scikit-learn fits them, and a plain
Newton iteration on the full Hessian fits them again; where the two differ the script stops.
"""

import json
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.linalg import lstsq
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.special import expit, log_softmax, softmax
from sklearn.covariance import empirical_covariance, ledoit_wolf, shrunk_covariance
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
OUT = Path(__file__).parent.parent / "data"
SOURCE = {p: version(p) for p in ["numpy", "scipy", "scikit-learn"]}


def write(name, **content):
    def plain(x):
        if isinstance(x, dict):
            return {k: plain(v) for k, v in x.items()}
        if isinstance(x, (list, tuple)):
            return [plain(v) for v in x]
        if isinstance(x, np.ndarray):
            return plain(x.tolist())
        if isinstance(x, (float, np.floating)):
            return float(f"{x:.9g}")
        return int(x) if isinstance(x, np.integer) and not isinstance(x, bool) else x

    text = json.dumps(plain({"source": SOURCE, **content}), separators=(",", ":"))
    (OUT / f"{name}.json").write_text(text + "\n")
    print(f"{name}.json: {len(text)} bytes")


def one(x):
    return np.hstack([x, np.ones((len(x), 1))])


def newton(x, q, s, lam):
    """The optimum by damped Newton steps on the whole Hessian; q are soft targets, s weights. [k, d + 1]"""
    x, k = one(x), q.shape[1]
    size = x.shape[1]
    penalty = np.append(np.full(size - 1, lam), 0.0)
    w = np.zeros((k, size))

    def loss(w):
        return -(s[:, None] * q * log_softmax(x @ w.T, axis=1)).sum() + 0.5 * (penalty * w**2).sum()

    for _ in range(200):
        p = softmax(x @ w.T, axis=1)
        total = s * q.sum(1)
        gradient = ((total[:, None] * p - s[:, None] * q).T @ x + penalty * w).ravel()
        hessian = np.kron(np.eye(k), np.diag(penalty))
        for i in range(len(x)):
            hessian += total[i] * np.kron(np.diag(p[i]) - np.outer(p[i], p[i]), np.outer(x[i], x[i]))
        step = np.linalg.lstsq(hessian, gradient, rcond=1e-12)[0].reshape(k, size)  # a shift of all biases is free
        scale = 1.0
        while loss(w - scale * step) > loss(w) + 1e-9 * abs(loss(w)) and scale > 1e-6:
            scale /= 2
        w = w - scale * step
        if abs(step).max() < 1e-12:
            break
    assert abs(gradient).max() < 1e-8, abs(gradient).max()
    return w


def library_head(x, y, lam, weights=None, k=None):
    """scikit-learn. Two classes have one weight vector v = w1 - w0 there: |w0|^2 + |w1|^2 = |v|^2 / 2."""
    c = (2 if k == 2 else 1) / lam
    return LogisticRegression(C=c, tol=1e-12, max_iter=100000, solver="newton-cg").fit(x, y, sample_weight=weights)


def blobs(rng, n, d, k, spread=1.5, shift=0.3):
    centre = rng.normal(size=(k, d)) * min(1.0, np.sqrt(6 / d))
    y = rng.permutation(np.arange(n) % k)
    return np.round(centre[y] + spread * min(1.0, np.sqrt(6 / d)) * rng.normal(size=(n, d)) + shift, 3), y


def influence(x, p, lam, factor=1.0):
    """A[i, c] = x_i^T H_c^-1 x_i with x including the constant 1, and the inverses."""
    x = one(x)
    ridge = np.diag(np.append(np.full(x.shape[1] - 1, lam), 1e-9))
    inverse = [np.linalg.inv(ridge + sum(factor * p[i, c] * (1 - p[i, c]) * np.outer(x[i], x[i])
                                         for i in range(len(x)))) for c in range(p.shape[1])]
    return np.array([[xi @ h @ xi for h in inverse] for xi in x]), inverse


def block_alo(x, y, w, lam, factor=1.0):
    """`factor` multiplies p (1 - p). Blocks alone understate the softmax curvature along weights that sum to zero over
    the classes: by exactly k / (k - 1) where p is uniform, for two classes always. `alo_scaled` makes up for it."""
    z = one(x) @ w.T
    p = softmax(z, axis=1)
    a, _ = influence(x, p, lam, factor)
    below = 1 - factor * p * (1 - p) * a
    moved = z + a * (p - np.eye(p.shape[1])[y]) / np.maximum(below, 0.05)
    return softmax(moved, axis=1), int((below < 0.05).sum())


def full_alo(x, y, w, lam):
    """Rad and Maleki with the whole Hessian (only printed)."""
    x1, k = one(x), w.shape[0]
    z = x1 @ w.T
    p = softmax(z, axis=1)
    hessian = np.kron(np.eye(k), np.diag(np.append(np.full(x.shape[1], lam), 1e-9)))
    for i in range(len(x)):
        hessian += np.kron(np.diag(p[i]) - np.outer(p[i], p[i]), np.outer(x1[i], x1[i]))
    inverse = np.linalg.inv(hessian)
    out = np.zeros_like(p)
    for i in range(len(x)):
        wide = np.kron(np.eye(k), x1[i][:, None])
        a, v = wide.T @ inverse @ wide, np.diag(p[i]) - np.outer(p[i], p[i])
        out[i] = z[i] + a @ np.linalg.solve(np.eye(k) - v @ a, p[i] - np.eye(k)[y[i]])
    return softmax(out, axis=1)


def alo():
    rng = np.random.default_rng(21)
    shapes = [(int(rng.integers(30, 81)), int(rng.integers(4, 21)), 2 + t % 4) for t in range(16)]
    shapes += [(30, 40, 3), (32, 50, 2), (36, 45, 4), (40, 48, 5)]
    cases, gaps = [], {}
    for n, d, k in shapes:
        x, y = blobs(rng, n, d, k)
        results = []
        for lam in (0.1, 1.0, 10.0):
            loo = np.zeros((n, k))
            for i in range(n):
                rest = np.arange(n) != i
                fit = library_head(x[rest], y[rest], lam, k=k)
                loo[i] = fit.predict_proba(x[i: i + 1])[0]
                if i % 10 == 0:
                    w = newton(x[rest], np.eye(k)[y[rest]], np.ones(n - 1), lam)
                    assert abs(softmax(w @ np.append(x[i], 1.0)) - loo[i]).max() < 1e-6
            w = newton(x, np.eye(k)[y], np.ones(n), lam)
            fitted = softmax(one(x) @ w.T, axis=1)
            assert abs(library_head(x, y, lam, k=k).predict_proba(x) - fitted).max() < 1e-6
            block, clamped = block_alo(x, y, w, lam)
            scaled, clamped_scaled = block_alo(x, y, w, lam, k / (k - 1))
            nll = {name: -np.log(p[np.arange(n), y]).mean() for name, p in
                   [("loo", loo), ("alo", block), ("alo_scaled", scaled), ("full", full_alo(x, y, w, lam)),
                    ("fitted", fitted)]}
            for name in ("alo", "alo_scaled", "full"):
                gaps.setdefault((name, lam, "n<d" if n < d else "k=2" if k == 2 else "k>2"), []).append(
                    nll[name] - nll["loo"])
            results.append(dict(lam=lam, fitted=np.round(fitted, 8), loo=np.round(loo, 8), alo=np.round(block, 8),
                                alo_scaled=np.round(scaled, 8), clamped=clamped, clamped_scaled=clamped_scaled,
                                nll={a: nll[a] for a in ("loo", "alo", "alo_scaled", "fitted")}))
            for key in ("fitted", "loo", "alo", "alo_scaled"):
                results[-1][key] = results[-1][key].ravel()
        cases.append(dict(n=n, d=d, k=k, rows=x.ravel(), labels=y, results=results))
    for key in sorted(gaps, key=str):
        print("nll minus exact leave-one-out:", *key, " ".join(f"{v:+.3f}" for v in gaps[key]))
    return cases


def lda():
    """scikit-learn shrinks each class on its own and adds them up by the priors (1/k each, not n_k/n). `auto` scales
    each class to unit deviations, shrinks (Ledoit and Wolf) and scales back: one shrinkage per class. With equal class
    sizes and a given shrinkage that is the shrunk pooled covariance. `auto-pooled` is the simpler form: all rows less
    their class mean together, one shrinkage, no scaling."""
    rng = np.random.default_rng(22)
    cases = []
    for t in range(20):
        k, d = 2 + t % 4, int(rng.integers(3, 13)) if t < 16 else 30
        n = k * int(rng.integers(5, 12))
        x, y = blobs(rng, n, d, k)
        if t % 2:  # unequal classes
            keep = np.ones(n, bool)
            keep[np.flatnonzero(y == 0)[3:]] = False
            x, y, n = x[keep], y[keep], int(keep.sum())
        test = blobs(rng, 8, d, k)[0]
        means = np.array([x[y == c].mean(0) for c in range(k)])

        def probabilities(cov):
            coef = lstsq(cov, means.T)[0].T
            return softmax(test @ coef.T - 0.5 * (means * coef).sum(1), axis=1)

        def scaled(rows):
            scaler = StandardScaler().fit(rows)
            s, found = ledoit_wolf(scaler.transform(rows))
            return scaler.scale_[:, None] * s * scaler.scale_, found

        results = []
        for shrinkage in (0.1, 0.5, "auto"):
            p = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage, priors=np.full(k, 1 / k)).fit(x, y)
            p = p.predict_proba(test)
            groups = [x[y == c] for c in range(k)]
            if shrinkage == "auto":
                parts = [scaled(g) for g in groups]
                cov, found = np.mean([s for s, _ in parts], 0), [f for _, f in parts]
            else:
                cov = np.mean([shrunk_covariance(empirical_covariance(g), shrinkage) for g in groups], 0)
                found = [shrinkage] * k
                if t % 2 == 0:
                    pooled = empirical_covariance(x - means[y], assume_centered=True)
                    assert np.allclose(cov, (1 - shrinkage) * pooled + shrinkage * np.trace(pooled) / d * np.eye(d))
            assert abs(p - probabilities(cov)).max() < 1e-9
            results.append(dict(shrinkage=str(shrinkage), found=found, expected=p.ravel()))
        cov, found = ledoit_wolf(x - means[y], assume_centered=True)
        c = x - means[y]  # Ledoit and Wolf 2004 by hand
        s = c.T @ c / n
        mu = np.trace(s) / d
        delta = ((s - mu * np.eye(d)) ** 2).sum()
        beta = sum(((np.outer(r, r) - s) ** 2).sum() for r in c) / n**2
        assert abs(found - min(beta, delta) / delta) < 1e-9
        results.append(dict(shrinkage="auto-pooled", found=[found], expected=probabilities(cov).ravel()))
        cases.append(dict(n=n, d=d, k=k, balanced=t % 2 == 0, rows=x.ravel(), labels=y, test=test.ravel(),
                          results=results))
    return cases


def temperature():
    """argmin over tau of sum NLL(logits / tau) + (ln tau)^2 / (2 * .5^2): the prior is a density of ln tau."""
    rng = np.random.default_rng(23)
    cases = []
    for t in range(40):
        n, k = int(rng.integers(2, 60)), int(rng.integers(2, 7))
        z = rng.normal(size=(n, k)) * rng.choice([0.3, 1, 3])
        y = np.array([rng.choice(k, p=softmax(row)) for row in z])
        z = np.round(z * rng.choice([0.2, 0.7, 1, 2, 6]), 4)

        def loss(u):
            return -log_softmax(z / np.exp(u), axis=1)[np.arange(n), y].sum() + u**2 / (2 * 0.25)

        def slope(u):
            s = z / np.exp(u)
            return (s[np.arange(n), y] - (softmax(s, axis=1) * s).sum(1)).sum() + u / 0.25

        # not convex in ln tau everywhere: look at the whole range first
        grid = np.linspace(-4, 4, 4001)
        start = grid[np.argmin([loss(u) for u in grid])]
        u = minimize_scalar(loss, bounds=(start - 0.01, start + 0.01), method="bounded", options=dict(xatol=1e-12)).x
        root = brentq(slope, start - 0.01, start + 0.01, xtol=1e-14)
        assert abs(u - root) < 1e-6
        minima = sum(slope(a) < 0 <= slope(b) for a, b in zip(grid, grid[1:]))
        cases.append(dict(n=n, k=k, logits=z.ravel(), labels=y, tau=np.exp(root), loss=loss(root), minima=minima))
    print("temperature: cases with more than one minimum", sum(c["minima"] > 1 for c in cases))
    return [{a: b for a, b in c.items() if a != "minima"} for c in cases]


def shrunk_means(x, y, s, k):
    """Class means drawn towards the grand mean g: g + n / (n + 1) (m - g), n the weight of the class."""
    grand = np.average(x, axis=0, weights=s)
    means = np.tile(grand, (k, 1))
    for c in range(k):
        total = s[y == c].sum()
        if total > 0:
            means[c] += total / (total + 1) * (np.average(x[y == c], axis=0, weights=s[y == c]) - grand)
    return means


def correcting():
    """A logistic head on top of prototype logits t (m . x - |m|^2 / 2); a sample's own are without it. The scale t is the
    one on a grid with the least weighted leave-one-out loss. Features as the library makes them: unit length, then
    standardised by the labeled rows."""
    rng = np.random.default_rng(28)
    cases = []
    for c in range(12):
        k, d = 2 + c % 4, int(rng.integers(3, 12)) if c % 4 != 3 else 40
        n, lam = int(rng.integers(18, 40)), [0.1, 1.0, 10.0][c % 3]
        x, y = blobs(rng, n, d, k)
        test = blobs(rng, 8, d, k)[0]
        s = np.round(rng.exponential(size=n) + 0.05, 3) if c % 2 else np.ones(n)

        def unit(rows):
            return rows / np.linalg.norm(rows, axis=1, keepdims=True)

        scaler = StandardScaler().fit(unit(x))
        a, b = scaler.transform(unit(x)), scaler.transform(unit(test))
        logits = lambda rows, m: rows @ m.T - 0.5 * (m**2).sum(1)
        left = np.empty((n, k))
        for i in range(n):
            others = np.arange(n) != i
            left[i] = logits(a[i : i + 1], shrunk_means(a[others], y[others], s[others], k))
        together = np.bincount(y, minlength=k)[y] > 1
        loss = lambda t: -(s * log_softmax(t * left, axis=1)[np.arange(n), y])[together].sum()
        t = min([4.0 * 2**e / d for e in range(9)], key=loss)
        targets = np.eye(k)[y]

        def objective(flat):
            w = flat.reshape(k, d + 1)
            z = one(a) @ w.T + t * left
            g = s[:, None] * (softmax(z, axis=1) - targets)
            slope = g.T @ one(a)
            slope[:, :-1] += lam * w[:, :-1]
            return -(s[:, None] * targets * log_softmax(z, axis=1)).sum() + lam / 2 * (w[:, :-1] ** 2).sum(), slope.ravel()

        start = np.zeros(k * (d + 1))
        for _ in range(3):  # restarts wash out what the quasi-Newton memory got wrong
            found = minimize(objective, start, jac=True, method="BFGS", options=dict(gtol=1e-11, maxiter=20000))
            start = found.x
        assert abs(found.jac).max() < 2e-7, abs(found.jac).max()
        z = one(b) @ found.x.reshape(k, d + 1).T + t * logits(b, shrunk_means(a, y, s, k))
        cases.append(dict(n=n, d=d, k=k, lam=lam, rows=x.ravel(), labels=y, weights=s, test=test.ravel(),
                          expected=softmax(z, axis=1).ravel()))
    return cases


def multilabel_logistic():
    """One binary logistic head per label: sum log loss + lambda/2 |w|^2 with one weight vector (C = 1/lambda)."""
    rng = np.random.default_rng(26)
    cases = []
    while len(cases) < 12:
        n, labels, lam = int(rng.integers(15, 50)), int(rng.integers(2, 6)), float(rng.choice([0.1, 1.0, 10.0]))
        d = 40 if len(cases) % 4 == 3 else int(rng.integers(3, 12))
        x = np.round(rng.normal(size=(n, d)) + 0.3, 3)
        test = np.round(rng.normal(size=(8, d)) + 0.3, 3)
        y = (x @ rng.normal(size=(d, labels)) + rng.normal(size=(n, labels)) > 0.5).astype(int)
        if (y.sum(0) < 2).any() or (y.sum(0) > n - 2).any():
            continue
        base = LogisticRegression(C=1 / lam, tol=1e-12, max_iter=100000, solver="newton-cg")
        p = OneVsRestClassifier(base).fit(x, y).predict_proba(test)
        for j in range(labels):  # as two rows of a softmax with twice the penalty: |w0|^2 + |w1|^2 = |v|^2 / 2
            w = newton(x, np.eye(2)[y[:, j]], np.ones(n), 2 * lam)
            assert abs(expit(one(test) @ (w[1] - w[0])) - p[:, j]).max() < 1e-6
        cases.append(dict(n=n, d=d, l=labels, lam=lam, rows=x.ravel(), truth=y.ravel(), test=test.ravel(),
                          expected=p.ravel()))
    return cases


def soft():
    """Soft targets q, sample weights s and class weights v: sum_i s_i sum_c v_c q_ic (-log p_ic) + lambda/2 |W|^2.
    For scikit-learn every row is given once per class, with weight s_i v_c q_ic."""
    rng = np.random.default_rng(27)
    cases = []
    for t in range(16):
        k, d = 2 + t % 4, int(rng.integers(3, 12)) if t % 4 != 3 else 40
        n, lam = int(rng.integers(15, 40)), [0.1, 1.0, 10.0][t % 3]
        x, y = blobs(rng, n, d, k)
        test = blobs(rng, 8, d, k)[0]
        q = np.round(np.array([rng.dirichlet(0.3 + 4 * np.eye(k)[c]) for c in y]), 3)
        q[np.arange(n), y] = np.round(q[np.arange(n), y] + 1 - q.sum(1), 3)
        q[: n // 3] = np.eye(k)[y[: n // 3]]  # some are sure
        s = np.round(rng.exponential(size=n) + 0.05, 3) if t % 2 else np.ones(n)
        v = np.round(rng.uniform(0.4, 2.5, size=k), 3) if t % 3 else np.ones(k)
        weights = (s[:, None] * q * v).ravel()
        use = weights > 0
        fit = library_head(np.repeat(x, k, axis=0)[use], np.tile(np.arange(k), n)[use], lam, weights[use], k)
        p = fit.predict_proba(test)
        w = newton(x, q * v, s, lam)
        assert abs(softmax(one(test) @ w.T, axis=1) - p).max() < 1e-6
        cases.append(dict(n=n, d=d, k=k, lam=lam, rows=x.ravel(), targets=q.ravel(), weights=s, class_weights=v,
                          test=test.ravel(), expected=softmax(one(test) @ w.T, axis=1).ravel()))
    return cases


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    write("heads", alo=alo(), lda=lda(), temperature=temperature(), correcting=correcting(),
          multilabel_logistic=multilabel_logistic(), soft=soft())
