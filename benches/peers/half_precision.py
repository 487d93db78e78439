"""What storing embeddings in half precision costs, with a scale for each row as Querist stores them.

    pip install -r benches/peers/requirements.txt
    python benches/peers/half_precision.py DIR...

Each DIR holds pool.npy (N x D), pool_y.npy (N), test.npy and test_y.npy, as `querist simulate --keep-arrays` leaves them. One
logistic head (scikit-learn) on 400 random labels, ten draws; the same rows in single precision and rounded.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

LABELS, DRAWS = 400, 10


def rounded(rows):
    scale = np.abs(rows).max(1, keepdims=True)
    scale[scale == 0] = 1
    return (rows / scale).astype(np.float16).astype(np.float32) * scale


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def probabilities(pool, labels, at, test):
    scaler = StandardScaler().fit(unit(pool))
    head = LogisticRegression(C=0.3, max_iter=1000, tol=1e-6).fit(scaler.transform(unit(pool[at])), labels[at])
    return head.predict_proba(scaler.transform(unit(test)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    for folder in parser.parse_args().folders:
        pool, test = (np.load(folder / f"{part}.npy").astype("f4") for part in ("pool", "test"))
        y, test_y = (np.load(folder / f"{part}.npy").astype(int) for part in ("pool_y", "test_y"))
        found = []
        for seed in range(DRAWS):
            at = np.random.default_rng(seed).permutation(len(pool))[:LABELS]
            single = probabilities(pool, y, at, test)
            half = probabilities(rounded(pool), y, at, rounded(test))
            right = [(p.argmax(1) == test_y).mean() for p in (single, half)]
            differ = (single.argmax(1) != half.argmax(1)).mean()
            found.append((right[1] - right[0], differ, np.abs(single - half).max()))
        accuracy, differ, largest = np.array(found).T
        print(f"{folder.name}: accuracy {accuracy.mean():+.5f}, at most {np.abs(accuracy).max():.5f}; "
              f"predictions that differ {differ.mean():.4%}; largest difference of a probability {largest.max():.4f}", flush=True)


if __name__ == "__main__":
    main()
