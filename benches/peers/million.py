"""Time and memory of one choice among a million samples, start, fit and all.

    cargo build --release --locked
    python benches/peers/million.py [QUERIST] [FOLDER] [STRATEGY...]

draws 1,000,000 x 384 numbers around ten centres into FOLDER (1.5 GB, kept), labels 500 of them, runs `querist select` and
prints the time it took, the largest memory it held, and both beyond what it takes to read the file.
"""
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

querist = sys.argv[1] if len(sys.argv) > 1 else "target/release/querist"
folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "/tmp/querist-million")
strategies = sys.argv[3:] or ["random", "auto", "bald", "max-herding"]
N, D, K, LABELS = 1_000_000, 384, 10, 500

folder.mkdir(exist_ok=True)
pool = folder / "pool.npy"
if not pool.exists():
    rng = np.random.default_rng(0)
    centres = (0.15 * rng.normal(size=(K, D))).astype("f4")
    rows = np.lib.format.open_memmap(pool, "w+", "f4", (N, D))
    for start in range(0, N, 50_000):
        at = np.arange(start, start + 50_000) % K
        rows[start : start + 50_000] = centres[at] + rng.standard_normal((50_000, D), dtype="f4")
    rows.flush()
np.save(folder / "labeled.npy", np.arange(LABELS))
np.save(folder / "labels.npy", np.arange(LABELS) % K)

for strategy in strategies:
    command = [
        querist, "select", "--strategy", strategy, "--embeddings", pool, "--labeled", folder / "labeled.npy",
        "--labels", folder / "labels.npy", "--classes", str(K), "--batch", "50", "--seed", "1",
    ]  # fmt: skip
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{strategy} failed: {command}")
    held = usage.ru_maxrss / 2**20
    print(f"{strategy}: {time.perf_counter() - start:.1f} s, {held:.2f} GiB, embeddings {N * D * 4 / 2**30:.2f} GiB")
