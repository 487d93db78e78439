"""Turn the embeddings of the ignored test `embeddings_of_a_labeled_archive` into arrays for `querist simulate`.

    python tests/oracles/selftaught_arrays.py DIR

writes x.npy and y.npy (split `train`), xt.npy and yt.npy (split `test`) into DIR.
"""
import os
import sys

import numpy as np

folder = sys.argv[1]
lines = [line.split() for line in open(os.path.join(folder, "y.txt"))]
split = np.array([line[0] for line in lines])
y = np.unique([line[1] for line in lines], return_inverse=True)[1]
x = np.fromfile(os.path.join(folder, "x.f32"), "<f4").reshape(len(y), -1)
for name, part in (("", "train"), ("t", "test")):
    np.save(os.path.join(folder, f"x{name}.npy"), x[split == part])
    np.save(os.path.join(folder, f"y{name}.npy"), y[split == part])
