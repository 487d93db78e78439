"""How the built-in encoder's projection was chosen: cross-validation on the training part alone.

    pip install numpy==2.4.6 scikit-learn==1.7.2
    WHITENING=0 DIM=512 QUERIST_MEASURE_TAR=… QUERIST_MEASURE_OUT=DIR cargo test --lib -- --ignored embeddings_of
    python tests/oracles/selftaught_choice.py DIR --train 300

takes the unwhitened embeddings, recovers their principal components, and compares numbers kept (D), damping (v^-p per
direction of variance v) and turning by a random rotation before each number is standardised, as every head does.
"""
import argparse
import os

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--train", type=int, default=5000)
parser.add_argument("--folds", type=int, default=5, help="how many of the five folds to measure")
parser.add_argument("--dims", default="64,128,256,384,512")
parser.add_argument("--damping", default="0,0.125,0.25,0.375,0.5")
parser.add_argument("--penalties", default="1e-3,1e-2,1e-1,1", help="C of the head")
args = parser.parse_args()

lines = [line.split() for line in open(os.path.join(args.folder, "y.txt"))]
pool = np.array([line[0] != "test" for line in lines])
y = np.unique([line[1] for line in lines], return_inverse=True)[1][pool]
x = np.fromfile(os.path.join(args.folder, "x.f32"), "<f4").reshape(len(lines), -1).astype(float)[pool]
values, vectors = np.linalg.eigh(np.cov(x.T, bias=True))
order = np.flatnonzero(values > values[-1] * 1e-6)[::-1]
x, values = x @ vectors[:, order], values[order]
train = np.random.default_rng(0).permutation(len(y))[: args.train]
splits = list(StratifiedKFold(5, shuffle=True, random_state=0).split(train, y[train]))[: args.folds]

for dim in [int(text) for text in args.dims.split(",")]:
    if dim > len(values):
        continue
    rotation = np.linalg.qr(np.random.default_rng(5).normal(size=(dim, dim)))[0]
    for damping in [float(text) for text in args.damping.split(",")]:
        for turned in (False, True):
            z = x[:, :dim] * values[:dim] ** -damping
            z = z @ rotation.T if turned else z
            z /= np.linalg.norm(z, axis=1, keepdims=True)
            z = (z - z.mean(0)) / z.std(0)
            scores = []
            for c in [float(text) for text in args.penalties.split(",")]:
                head = LogisticRegression(C=c, max_iter=200, tol=1e-3)
                hits = [head.fit(z[train[a]], y[train[a]]).score(z[train[b]], y[train[b]]) for a, b in splits]
                scores.append(np.mean(hits))
            print(f"D={dim} p={damping:g} {'turned' if turned else 'plain'}:", *(f"{score:.4f}" for score in scores))
