"""Accuracy of a linear head on embeddings written by the ignored test `embeddings_of_a_labeled_archive`.

    pip install numpy==2.4.6 scikit-learn==1.9.1
    python tests/oracles/selftaught_probe.py DIR [--train N]

DIR holds x.f32 (n x D, little endian, row-major) and y.txt ("SPLIT CLASS" per line). Rows are scaled to unit length, as
every head of Querist does; the penalty is chosen by three-fold cross-validation on the training part alone.
"""
import argparse
import os
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import StandardScaler
from sklearn.pipeline import make_pipeline

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--train", type=int, default=5000)
args = parser.parse_args()

lines = [line.split() for line in open(os.path.join(args.folder, "y.txt"))]
split = np.array([line[0] for line in lines])
classes, y = np.unique([line[1] for line in lines], return_inverse=True)
x = np.fromfile(os.path.join(args.folder, "x.f32"), "<f4").reshape(len(y), -1)
x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
rng = np.random.default_rng(0)
train = rng.permutation(np.flatnonzero(split != "test"))[: args.train]
test = np.flatnonzero(split == "test")
best = None
for c in (1e-3, 1e-2, 1e-1, 1.0):
    head = make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=300, tol=1e-3))
    score = cross_val_score(head, x[train], y[train], cv=3).mean()
    print(f"C={c:g}: {score:.4f} in cross-validation", file=sys.stderr)
    if best is None or score > best[0]:
        best = (score, c, head)
head = best[2].fit(x[train], y[train])
print(f"{len(train)} training, {len(test)} test images, D={x.shape[1]}, C={best[1]:g}: accuracy {head.score(x[test], y[test]):.4f}")
