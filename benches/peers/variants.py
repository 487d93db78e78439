"""Nasty variants of a data set: a long-tailed pool, and a pool full of near copies.

    python benches/peers/variants.py --data DIR... [--out PARENT]

Each DIR holds pool.npy, pool_y.npy, test.npy and test_y.npy. Writes PARENT/NAME-longtail and PARENT/NAME-duplicates
(PARENT is DIR's parent unless given); the test set is that of DIR. The seeds are fixed: equal arrays give equal
variants.

long-tail:   class k of K, in a random order, keeps most * 50^(-k/(K-1)) samples, at least one.
duplicates:  30 % of the pool give way to near copies of 1 % of it: noise of 1 % of the row's norm, cosine about 0.9999.
"""
import argparse
import pathlib

import numpy as np

IMBALANCE, COPIES, SOURCES, NOISE = 50, 0.30, 0.01, 0.01


def long_tail(x, y):
    rng = np.random.default_rng(50)
    classes, counts = np.unique(y, return_counts=True)
    keep = []
    for rank, at in enumerate(rng.permutation(len(classes))):
        most = counts.max() * IMBALANCE ** (-rank / max(len(classes) - 1, 1))
        own = np.flatnonzero(y == classes[at])
        keep.append(rng.permutation(own)[: max(1, min(len(own), round(most)))])
    keep = np.sort(np.concatenate(keep))
    return x[keep], y[keep]


def duplicates(x, y):
    rng = np.random.default_rng(30)
    order = rng.permutation(len(x))
    sources, gone = np.split(order[: round((SOURCES + COPIES) * len(x))], [max(1, round(SOURCES * len(x)))])
    x, y = x.copy(), y.copy()
    of = rng.choice(sources, len(gone))
    noise = rng.standard_normal((len(gone), x.shape[1])) / np.sqrt(x.shape[1])
    x[gone] = x[of] + NOISE * np.linalg.norm(x[of], axis=1, keepdims=True) * noise
    y[gone] = y[of]
    return x, y


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path)
    args = parser.parse_args()
    for data in args.data:
        x, y, test, test_y = (np.load(data / f"{part}.npy") for part in ("pool", "pool_y", "test", "test_y"))
        for name, make in (("longtail", long_tail), ("duplicates", duplicates)):
            to = (args.out or data.parent) / f"{data.name}-{name}"
            to.mkdir(parents=True, exist_ok=True)
            new_x, new_y = make(x, y)
            for part, array in (("pool", new_x), ("pool_y", new_y), ("test", test), ("test_y", test_y)):
                np.save(to / f"{part}.npy", array.astype("f4" if array.ndim == 2 else "i8"))
            print(to, new_x.shape, np.bincount(new_y))


if __name__ == "__main__":
    main()
