"""Reference numbers for the built-in encoder of series: aeon's MiniRocket, and how well both tell classes apart.

    pip install -r tests/oracles/requirements-kernels.txt
    python tests/oracles/kernels.py

writes tests/data/kernels.json: dilations for some lengths, and for drawn series of one and of three channels aeon's features under
given dilations, channels and biases. All series follow from formulas, which the tests repeat.

    python tests/oracles/kernels.py sets FOLDER
    cargo test --lib encoders::kernels::measure -- --ignored     # with QUERIST_KERNELS=FOLDER
    python tests/oracles/kernels.py accuracy FOLDER

compare accuracies on sets that come with aeon: the first writes them as tables of numbers, the second embeds them, the third fits heads.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import aeon
import numpy as np
from aeon.datasets import load_from_ts_file
from aeon.transformations.collection.convolution_based import MiniRocket
from aeon.transformations.collection.convolution_based import _minirocket as reference
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

OUT = Path(__file__).parent.parent / "data"
SETS = ["GunPoint", "ItalyPowerDemand", "BasicMotions", "ArrowHead", "ACSF1", "OSULeaf", "JapaneseVowels",
        "PickupGestureWiimoteZ"]
UNIT = 1024


def drawn(n, channels, length):
    """n series of whole numbers that look unrelated."""
    at = np.arange(n * channels * length, dtype=np.int64)
    return ((at * 7919 + at // 13 * 104729 + at * at % 8191) % 4001 - 2000).reshape(n, channels, length)


def case(channels, length, per_kernel):
    whole = drawn(3, channels, length)
    series = (whole / UNIT).astype(np.float32)
    together, indices, dilations, counts, biases = reference._static_fit(series, 84 * per_kernel, 32, 7)
    # Between whole numbers, where ours are: the features stay those that aeon computes.
    biases = ((np.floor(biases.astype(float) * UNIT) + 0.5) / UNIT).astype(np.float32)
    ours = MiniRocket(84 * per_kernel, random_state=7).fit(series)
    ours.parameters = (together, indices, dilations, counts, biases)
    features = np.asarray(ours.transform(series))
    return {"channels": channels, "length": length, "together": together.tolist(), "members": indices.tolist(),
            "dilations": dilations.tolist(), "counts": counts.tolist(),
            "thresholds": (biases.astype(float) * UNIT + 0.5).astype(int).tolist(),
            "features": [[float(f"{v:.7g}") for v in row] for row in features]}


def write_cases():
    plans = []
    for length in (9, 10, 24, 100, 150, 427, 1460, 4096):
        for per_kernel in (1, 12, 48, 119):
            dilations, counts = reference._fit_dilations(length, 84 * per_kernel, 32)
            plans.append([length, per_kernel, dilations.tolist(), counts.tolist()])
    content = {"source": {"aeon": version("aeon"), "numpy": version("numpy")}, "plans": plans,
               "cases": [case(1, 40, 3), case(3, 33, 2)]}
    (OUT / "kernels.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


def load(name):
    folder = Path(aeon.__file__).parent / "datasets" / "data" / name
    return [load_from_ts_file(str(folder / f"{name}_{part}.ts")) for part in ("TRAIN", "TEST")]


def write_sets(folder):
    """A JSON of all series of a set, in the order train, test: [n][channels][steps]; a missing value is null."""
    for name in SETS:
        (train, _), (test, _) = load(name)
        series = [[[None if np.isnan(v) else float(v) for v in channel] for channel in one] for one in [*train, *test]]
        (folder / f"{name}.json").write_text(json.dumps({"train": len(train), "series": series}))


def evenly(series, length):
    return np.stack([np.stack([np.interp(np.linspace(0, len(c) - 1, length), np.arange(len(c)), c) for c in one])
                     for one in series])


def heads():
    return {"ridge": make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=np.logspace(-3, 3, 10))),
            "logistic": make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))}


def accuracy(folder):
    print("| set | train, test | channels × length | aeon, 9,996 + ridge | + logistic | ours, learned from train + ridge | + logistic | "
          "learned from all + ridge | + logistic |\n|---|---|---|---|---|---|---|---|---|")
    for name in SETS:
        (train, y), (test, z) = load(name)
        length = max(9, int(np.median([one.shape[1] for one in [*train, *test]])))
        (a, b) = evenly(train, length), evenly(test, length)
        rocket = MiniRocket(random_state=0).fit(a)
        pairs = [[np.asarray(rocket.transform(part)) for part in (a, b)]]
        for learned in ("train", "all"):
            rows = np.fromfile(folder / f"{name}.{learned}.f32", "<f4").reshape(len(train) + len(test), -1)
            pairs.append([rows[:len(train)], rows[len(train):]])
        found = [f"{head.fit(one, y).score(other, z):.3f}" for one, other in pairs for head in heads().values()]
        print(f"| {name} | {len(train)}, {len(test)} | {a.shape[1]} × {length} | " + " | ".join(found) + " |", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            write_cases()
        case ["sets", folder]:
            write_sets(Path(folder))
        case ["accuracy", folder]:
            accuracy(Path(folder))
