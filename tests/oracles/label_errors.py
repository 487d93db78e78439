"""Reference for labels that are probably wrong: cleanlab's confident learning.

    pip install -r tests/oracles/requirements.txt
    python tests/oracles/label_errors.py

writes tests/data/label_errors.json: random probabilities, labels drawn from them and some of them changed, with the
label quality of `get_label_quality_scores(method="self_confidence")`, which is not adjusted, and the errors of
`find_label_issues(filter_by="confident_learning")`. cleanlab never flags below `min_examples_per_class`, set to 0 here.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

rng = np.random.default_rng(20)
cases = []
for at in range(120):
    k, n = int(rng.integers(2, 7)), int(rng.integers(30, 90))
    p = rng.dirichlet(np.full(k, [0.2, 0.6, 1.5][at % 3]), size=n).round(4).astype("f4")
    p /= p.sum(1, keepdims=True)
    labels = np.array([rng.choice(k, p=row / row.sum()) for row in p.astype("f8")])
    wrong = rng.random(n) < 0.15
    labels[wrong] = rng.integers(k, size=wrong.sum())
    if len(np.unique(labels)) < k:
        continue
    issues = find_label_issues(labels, p.astype("f8"), filter_by="confident_learning", min_examples_per_class=0, n_jobs=1)
    quality = get_label_quality_scores(labels, p.astype("f8"), method="self_confidence", adjust_pred_probs=False)
    cases.append(
        {
            "k": k,
            "labels": labels.tolist(),
            "probabilities": [float(f"{x:.9g}") for x in p.ravel()],
            "quality": [float(f"{x:.9g}") for x in quality],
            "errors": np.flatnonzero(issues).tolist(),
        }
    )
source = {name: version(name) for name in ["numpy", "cleanlab"]}
text = json.dumps({"source": source, "label_errors": cases}, separators=(",", ":"))
(Path(__file__).parent.parent / "data" / "label_errors.json").write_text(text + "\n")
print(f"{len(cases)} cases, {sum(len(c['errors']) for c in cases)} errors, {len(text)} bytes")
