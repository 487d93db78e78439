"""The whole system against random sampling with a plain head: labels that random spends / labels that Querist needs.

    python benches/peers/efficiency.py --data DIR... --out PEERS --strategies random
    querist simulate --embeddings DIR/pool.npy --labels DIR/pool_y.npy --test-embeddings DIR/test.npy \\
        --test-labels DIR/test_y.npy --strategy auto --initial 20 --batch 20 --budget 420 --out WHOLE/NAME
    python benches/peers/whole.py PEERS WHOLE

Random's curve is that of efficiency.py: scikit-learn's LogisticRegression, C = 1, on standardised features. Querist's is
that of `simulate`: its own committee, penalty and temperature. Initial labels are drawn at random in both, but not the
same ones, so that seeds are not paired. Ratios and intervals as in report.py.
"""
import csv
import pathlib
import sys

import numpy as np

import report

peers, whole = map(pathlib.Path, sys.argv[1:3])
ratios = []
for folder in sorted(whole.iterdir()):
    if not (folder / "curves.csv").exists():
        continue
    data, runs = report.Curves(peers / folder.name, 20), {}
    with (folder / "curves.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["strategy"] == "auto":
                line = [float(row[key]) for key in ("labels", "accuracy", "macro_f1", "nll")]
                runs.setdefault(int(row["seed"]), []).append([*line, float(row["select_ms"]) / 1e3])
    data.of["querist:whole"] = {seed: np.array(run) for seed, run in runs.items()}
    for metric in ("accuracy", "macro_f1") if "longtail" in folder.name else ("accuracy",):
        numbers, ratio = report.one(data, "querist:whole", metric)
        if metric == "accuracy":
            ratios.append(ratio)
        low, high = numbers["interval"]
        print(f"{folder.name}, {metric}: {numbers['seeds']} seeds, {numbers['labels_needed']:.0f} labels, "
              f"ratio {numbers['ratio']:.2f} [{low:.2f}, {high:.2f}], at the end {numbers[metric]:.3f}")  # fmt: skip
total = report.estimate(report.mean_of(ratios))
print(f"geometric mean of {len(ratios)}: {total['ratio']:.2f} [{total['interval'][0]:.2f}, {total['interval'][1]:.2f}]")
