"""Label efficiency: accuracy over labels of many query strategies, everything but the choice being the same.

    pip install -r benches/peers/requirements.txt
    python benches/peers/check.py --data DIR                      # once: the head is exact, equal forms are equal
    nice python benches/peers/efficiency.py --data DIR... --out OUT [--strategies NAME...] [--seeds 20]
    cargo build --release --locked
    python benches/peers/efficiency.py --data DIR... --out OUT --strategies querist:auto
    python benches/peers/report.py OUT --markdown

Each DIR holds pool.npy (N x D), pool_y.npy (N), test.npy, test_y.npy. A seed draws the initial labels; then, round by
round, the common head is fitted on all labels, measured on the test set, and the strategy picks the next batch. The
common head is scikit-learn's LogisticRegression (lbfgs, C = 1, tol = 1e-6) on (x / |x| - mean) / sd, mean and sd over
the pool; with fewer labels than dimensions it is fitted in the space of the labeled rows, which is the same optimum.

OUT/DATASET/STRATEGY.csv gets a finished seed at a time and finished seeds are skipped, so that a run may be stopped and
started again, with more seeds too. A strategy that fails or takes too long is written to OUT/DATASET/failures.csv. One
processor: set OMP_NUM_THREADS to have more (and RAYON_NUM_THREADS, for Querist).
"""
import argparse
import csv
import hashlib
import importlib.metadata
import json
import os
import pathlib
import signal
import time
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

import rules

COLUMNS = ["strategy", "seed", "labels", "accuracy", "macro_f1", "nll", "select_s"]
TOL = 1e-6  # the default, 1e-4, stops so early that up to 3 % of the predicted classes are not those of the optimum
FLOOR = 1e-7  # of a probability, for the log-loss


class Data:
    def __init__(self, folder):
        self.folder, self.name = folder, folder.name
        raw, test = (np.load(folder / f"{part}.npy").astype("f4") for part in ("pool", "test"))
        self.y, self.test_y = (np.load(folder / f"{part}.npy").astype(int) for part in ("pool_y", "test_y"))
        self.classes = int(max(self.y.max(), self.test_y.max())) + 1
        self.unit, test = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (raw, test))
        self.mean, self.sd = self.unit.mean(0, dtype="f8"), self.unit.std(0, dtype="f8")
        self.sd[self.sd < 1e-8] = 1
        self.features, self.test = (((x - self.mean) / self.sd).astype("f4") for x in (self.unit, test))
        self.shared = {}
        self.digest = hashlib.sha256(raw.tobytes() + self.y.tobytes() + test.tobytes()).hexdigest()[:16]


def solve(x, y, classes, tol):
    """Weights D x K and bias K of the head; a class without labels gets probability zero."""
    weights, bias = np.zeros((x.shape[1], classes)), np.full(classes, -np.inf)
    seen = np.unique(y)
    if len(seen) == 1:
        bias[seen] = 0
        return weights, bias
    head = LogisticRegression(C=1.0, tol=tol, solver="lbfgs", max_iter=5000).fit(x, y)
    if len(seen) == 2:
        bias[seen] = 0, head.intercept_[0]
        weights[:, seen[1]] = head.coef_[0]
    else:
        bias[seen] = head.intercept_
        weights[:, seen] = head.coef_.T
    return weights, bias


def fit(x, y, classes, draws=None, tol=TOL):
    """One head on all rows, or one for each draw of rows."""
    x = x.astype("f8")
    basis = None
    if len(x) < x.shape[1]:
        basis, r = np.linalg.qr(x.T)
        x = r.T
    heads = [solve(x[at], y[at], classes, tol) for at in draws or [slice(None)]]
    heads = [(w if basis is None else basis @ w, b) for w, b in heads]
    heads = [(w.astype("f4"), b.astype("f4")) for w, b in heads]
    return heads if draws else heads[0]


def log_proba(x, head):
    return log_softmax((x @ head[0] + head[1]).astype("f8"), axis=1)


def measure(data, head):
    scores = log_proba(data.test, head)
    guess, at = scores.argmax(1), np.arange(len(scores))
    return {
        "accuracy": (guess == data.test_y).mean(),
        "macro_f1": f1_score(data.test_y, guess, labels=range(data.classes), average="macro", zero_division=0),
        "nll": -np.maximum(scores[at, data.test_y], np.log(FLOOR)).mean(),
    }


def out_of_time(*_):
    raise TimeoutError("one query took too long")


def run(data, name, seed, args):
    rule = rules.rule(name, args.querist)
    labeled = np.random.default_rng(seed).choice(len(data.y), args.initial, replace=False)
    budget, own, rows, seconds = min(args.budget, len(data.y)), {}, [], 0.0
    while True:
        known = data.y[labeled]
        head = fit(data.features[labeled], known, data.classes)
        row = {"strategy": name, "seed": seed, "labels": len(labeled), **measure(data, head), "select_s": seconds}
        rows.append(row)
        if len(labeled) >= budget:
            return rows

        def committee(members):
            rng = np.random.default_rng([seed, len(labeled)])
            draws = [rng.integers(len(labeled), size=len(labeled)) for _ in range(members)]
            heads = fit(data.features[labeled], known, data.classes, draws)
            return [np.exp(log_proba(data.features, one)) for one in heads]

        batch = min(args.batch, budget - len(labeled))
        state = rules.State(
            data.folder, args.out / data.name / "cache", data.unit, data.features, data.mean, data.sd,
            data.classes, labeled, known, np.exp(log_proba(data.features, head)), *head, committee, batch, seed,
            args.cap, data.shared, own,
        )  # fmt: skip
        signal.alarm(args.timeout)
        start = time.perf_counter()
        picks = np.asarray(rule(state), int)
        seconds = own.pop("seconds", time.perf_counter() - start)
        signal.alarm(0)
        known = np.isin(picks, labeled).sum()
        if len(picks) != batch or len(np.unique(picks)) != batch or known:
            raise ValueError(f"picked {len(np.unique(picks))} of {batch}, {known} of them labeled already")
        labeled = np.concatenate([labeled, picks])


def append(path, columns, rows):
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, columns)
        if new:
            writer.writeheader()
        writer.writerows({key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()}
                         for row in rows)  # fmt: skip


def finished(path, last):
    """Seeds that reached the last number of labels."""
    if not path.exists():
        return set()
    with path.open(newline="") as file:
        return {int(row["seed"]) for row in csv.DictReader(file) if int(row["labels"]) == last}


def spending(path, name):
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [float(row["seconds"]) for row in csv.DictReader(file) if row["strategy"] == name]


def protocol(data, args, folder):
    """What the curves of a folder share; curves made otherwise must go elsewhere."""
    packages = ("numpy", "scipy", "scikit-learn", "scikit-activeml", "modAL-python", "small-text")
    given = {
        "dataset": data.name, "pool": len(data.y), "test": len(data.test_y), "dimensions": data.unit.shape[1],
        "classes": data.classes, "arrays": data.digest, "initial": args.initial, "batch": args.batch,
        "budget": min(args.budget, len(data.y)), "candidate_cap": args.cap, "capped": list(rules.CAPPED),
        "equal": rules.EQUAL, "head": f"LogisticRegression(lbfgs, C=1, tol={TOL:g}) on (x/|x| - mean)/sd of the pool",
        "versions": {name: importlib.metadata.version(name) for name in packages},
    }  # fmt: skip
    path = folder / "protocol.json"
    if path.exists():
        before = json.loads(path.read_text())
        fixed = ("arrays", "head", "initial", "batch", "budget", "candidate_cap")
        other = [key for key in fixed if before[key] != given[key]]
        if other:
            raise SystemExit(f"{folder} holds curves with another {', '.join(other)}; use another --out")
    path.write_text(json.dumps(given, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--strategies", nargs="+", default=list(rules.RULES))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--initial", type=int, default=20)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--budget", type=int, default=420)
    parser.add_argument("--cap", type=int, default=2000, help="candidates per round for " + ", ".join(rules.CAPPED))
    parser.add_argument("--minutes", type=float, default=6, help="per data set and strategy; then no further seed")
    parser.add_argument("--least", type=int, default=5, help="seeds that run whatever they cost")
    parser.add_argument("--timeout", type=int, default=300, help="seconds of one query")
    parser.add_argument("--querist", default="target/release/querist", help="the binary of querist:NAME")
    args = parser.parse_args()
    for name in args.strategies:
        rules.rule(name, args.querist)
    warnings.filterwarnings("ignore", message=".*(Number of distinct clusters|memory leak).*")
    signal.signal(signal.SIGALRM, out_of_time)
    for folder in args.data:
        data, out = Data(folder), args.out / folder.name
        out.mkdir(parents=True, exist_ok=True)
        protocol(data, args, out)
        for name in args.strategies:
            path, costs = out / f"{name.replace(':', '-')}.csv", out / "costs.csv"
            done, spent = finished(path, min(args.budget, len(data.y))), spending(costs, name)
            for seed in sorted(set(range(args.seeds)) - done):
                if seed >= args.least and sum(spent) + spent[-1] > args.minutes * 60:
                    print(f"{data.name} {name}: no seed {seed}, it would take too long", flush=True)
                    break
                start = time.perf_counter()
                try:
                    rows = run(data, name, seed, args)
                except Exception as error:
                    signal.alarm(0)
                    failure = {"strategy": name, "seed": seed, "why": f"{type(error).__name__}: {error}"}
                    append(out / "failures.csv", list(failure), [failure])
                    print(f"{data.name} {failure}", flush=True)
                    break
                append(path, COLUMNS, rows)
                spent.append(time.perf_counter() - start)
                append(costs, ["strategy", "seed", "seconds"], [{"strategy": name, "seed": seed, "seconds": spent[-1]}])
            if spent:
                print(f"{data.name} {name}: {len(spent)} seeds, {sum(spent) / len(spent):.1f} s each", flush=True)


if __name__ == "__main__":
    main()
