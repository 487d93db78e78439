"""Features of table columns by scikit-learn, for `src/encoders/columns/tests.rs`; and how well the embedding does.

`python columns.py` writes `tests/data/columns.json`. `python columns.py accuracy FOLDER` compares accuracies on the sets in FOLDER
(CSV files, the label in the last column) with embeddings that the ignored test in `src/encoders/columns/measure.rs` wrote beside
them (`NAME.f32`, n × D).
"""

import json
import pathlib
import sys

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

KNOTS = 8
SIZES = [20, 50, 100, 500]
REPEATS = 10


def features() -> None:
    random = np.random.default_rng(7)
    known = np.round(random.gamma(2.0, 3.0, 80), 4)
    numbers = [None if at % 9 == 4 else float(value) for at, value in enumerate(known)]
    seen = np.array([value for value in numbers if value is not None])[:, None]
    asked = np.linspace(-1.0, seen.max() + 1.0, 40)
    asked = np.concatenate([asked, seen[:10, 0]])
    scaler = StandardScaler().fit(seen)
    spline = SplineTransformer(n_knots=KNOTS, degree=1, knots="quantile", extrapolation="constant").fit(seen)
    drawn = random.choice(["north", "south", "quay"], 80, p=[0.5, 0.3, 0.2])
    categories = [None if at % 7 == 3 else str(value) for at, value in enumerate(drawn)]
    known = np.array([value for value in categories if value is not None])[:, None]
    encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(known)
    given = np.array([value or "?" for value in categories])[:, None]
    result = {
        "numbers": numbers,
        "asked": asked.tolist(),
        "standardised": scaler.transform(asked[:, None])[:, 0].tolist(),
        "hats": spline.transform(asked[:, None]).round(9).tolist(),
        "categories": categories,
        "values": encoder.categories_[0].tolist(),
        "one_hot": encoder.transform(given).tolist(),
    }
    target = pathlib.Path(__file__).parent.parent / "data" / "columns.json"
    target.write_text(json.dumps(result) + "\n")


def heads(rows: np.ndarray) -> np.ndarray:
    """As a committee sees an embedding with axes: its direction, centred over the pool, all numbers by one scale."""
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return (rows - rows.mean(0)) / np.sqrt(rows.var(0).mean())


def accuracy(folder: pathlib.Path) -> None:
    for path in sorted(folder.glob("*.csv")):
        lines = [line.split(",") for line in path.read_text().splitlines()[1:] if line]
        values = np.array([[float(cell) for cell in line[:-1]] for line in lines])
        labels = np.array([line[-1] for line in lines])
        embedded = np.fromfile(path.with_suffix(".f32"), np.float32).reshape(len(labels), -1)
        embedded = heads(embedded)
        for size in SIZES:
            if size + 50 > len(labels):
                continue
            found = {"embedding + LR": [], "StandardScaler + LR": [], "HistGradientBoosting": []}
            for repeat in range(REPEATS):
                order = np.random.default_rng(repeat).permutation(len(labels))
                train, test = order[:size], order[size:]
                if len(set(labels[train])) < len(set(labels)):
                    continue
                ours = LogisticRegression(max_iter=300)
                theirs = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
                trees = HistGradientBoostingClassifier(max_iter=50 if path.stem == "digits" else 100, random_state=0)
                found["embedding + LR"].append(ours.fit(embedded[train], labels[train]).score(embedded[test], labels[test]))
                found["StandardScaler + LR"].append(theirs.fit(values[train], labels[train]).score(values[test], labels[test]))
                if repeat < 2:
                    found["HistGradientBoosting"].append(
                        trees.fit(values[train], labels[train]).score(values[test], labels[test])
                    )
            said = ", ".join(f"{name} {100 * np.mean(each):.1f}" for name, each in found.items() if each)
            print(f"{path.stem} ({embedded.shape[1]} numbers), {size} labels: {said}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "accuracy":
        accuracy(pathlib.Path(sys.argv[2]))
    else:
        features()
