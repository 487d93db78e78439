"""Reference numbers for `src/evaluate/agreement.rs`, `consensus.rs` and `crowdlab.rs`, on random answers with gaps.

    pip install -r tests/oracles/requirements.txt
    python tests/oracles/agreement.py      # writes tests/data/agreement.json

- Krippendorff's alpha by krippendorff, nominal, of each class against the others, and of sets with the distances of MASI
  (Passonneau 2006) and Jaccard; Fleiss' and Cohen's kappa by statsmodels.
- Dawid and Skene's model and one coin by crowd-kit, after a fixed number of iterations.
- CROWDLAB and ActiveLab by cleanlab, without its temperature: our probabilities have one already.
"""

import json
import pathlib
from importlib.metadata import version

import cleanlab.multiannotator as multiannotator
import krippendorff
import numpy as np
import pandas as pd
from crowdkit.aggregation import DawidSkene, OneCoinDawidSkene
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa

rng = np.random.default_rng(20261130)


def short(values):
    return [float(f"{x:.12g}") for x in np.ravel(values)]


def said(data):
    """Samples × people, `None` where nobody answered."""
    return [[None if np.isnan(x) else int(x) for x in row] for row in data]


def answers(n, people, k, slip, gap):
    """Samples × people: mostly the truth, with gaps."""
    truth = rng.choice(k, size=n, p=rng.dirichlet(np.full(k, 2.0)))
    data = np.where(rng.random((n, people)) < slip, rng.integers(k, size=(n, people)), truth[:, None]).astype(float)
    data[rng.random((n, people)) < gap] = np.nan
    return data


def alpha(data):
    """`None` where no two answers share a sample, or all are alike."""
    paired = data[(~np.isnan(data)).sum(1) > 1]
    if len(np.unique(paired[~np.isnan(paired)])) < 2:
        return None
    return float(krippendorff.alpha(reliability_data=data.T, level_of_measurement="nominal"))


def cohen(data, k):
    both = data[~np.isnan(data[:, :2]).any(1)][:, :2].astype(int)
    if len(both) == 0:
        return None
    table = np.zeros((k, k))
    np.add.at(table, (both[:, 0], both[:, 1]), 1)
    chance = (table.sum(0) * table.sum(1)).sum() / table.sum() ** 2
    return float(cohens_kappa(table).kappa) if chance < 1 else None


nominal = []
for at in range(120):
    k, people, n = int(rng.integers(2, 7)), int(rng.integers(2, 6)), int(rng.integers(4, 40))
    gap = [0.0, 0.2, 0.6][at % 3]
    data = answers(n, people, k, [0.05, 0.3, 0.9][at // 3 % 3], gap)
    mark = lambda c: np.where(np.isnan(data), np.nan, data == c)
    fleiss = None
    if gap == 0.0 and len(np.unique(data)) > 1:
        fleiss = float(fleiss_kappa(aggregate_raters(data.astype(int), n_cat=k)[0]))
    nominal.append(
        {
            "k": k,
            "said": said(data),
            "alpha": alpha(data),
            "by_class": [alpha(mark(c)) for c in range(k)],
            "fleiss": fleiss,
            "cohen": cohen(data, k),
        }
    )


def distance(a, b, masi):
    if a == b:
        return 0.0
    jaccard = len(a & b) / len(a | b)
    share = (2 / 3 if a <= b or b <= a else 1 / 3) if masi else 1.0
    return 1 - jaccard * share


sets = []
for at in range(40):
    k, people, n = int(rng.integers(2, 6)), int(rng.integers(2, 5)), int(rng.integers(5, 30))
    truth = rng.random((n, k)) < 0.35
    rows = []
    for i in range(n):
        slips = [truth[i] ^ (rng.random(k) < [0.05, 0.2][at % 2]) for _ in range(people)]
        rows.append([None if rng.random() < 0.25 else frozenset(map(int, np.flatnonzero(s))) for s in slips])
    domain = sorted({s for row in rows for s in row if s is not None}, key=sorted)
    coded = np.array([[np.nan if s is None else domain.index(s) for s in row] for row in rows], float)
    found = {}
    for name in ["masi", "jaccard"]:
        table = np.array([[distance(a, b, name == "masi") for b in domain] for a in domain])
        found[name] = float(
            krippendorff.alpha(
                reliability_data=coded.T,
                value_domain=np.arange(len(domain)),
                level_of_measurement=lambda v1, v2, i1, i2, n_v, dtype=float: table[i1, i2],
            )
        )
    sets.append({"k": k, "said": [[None if s is None else sorted(s) for s in row] for row in rows], **found})

data = answers(90, 3, 4, 0.25, 0.2)
replicates = [krippendorff.alpha(reliability_data=data[rng.integers(90, size=90)].T, level_of_measurement="nominal") for _ in range(8000)]
bootstrap = {"k": 4, "said": said(data), "ends": short(np.quantile(replicates, [0.025, 0.975]))}


def listed(data):
    return [[[int(j), int(x)] for j, x in enumerate(row) if not np.isnan(x)] for row in data]


consensus = []
while len(consensus) < 24:
    k, people, n, iterations = int(rng.integers(2, 5)), int(rng.integers(3, 7)), int(rng.integers(30, 80)), int(rng.integers(3, 25))
    data = answers(n, people, k, 0.3, 0.4)
    data = data[(~np.isnan(data)).any(1)]
    if len(np.unique(data[~np.isnan(data)])) < k or np.isnan(data).all(0).any():
        continue
    task, worker = np.nonzero(~np.isnan(data))
    frame = pd.DataFrame({"task": task, "worker": worker, "label": data[task, worker].astype(int)})
    fitted = []
    for model in [DawidSkene, OneCoinDawidSkene]:
        model = model(n_iter=iterations, tol=-1e18)
        p = model.fit(frame).probas_.sort_index().reindex(columns=range(k))
        fitted.append((p.to_numpy(), model.priors_.reindex(range(k)).to_numpy()))
    consensus.append(
        {
            "k": k,
            "people": people,
            "iterations": iterations,
            "samples": listed(data),
            "full": short(fitted[0][0]),
            "coin": short(fitted[1][0]),
            "prior": short(fitted[0][1]),
        }
    )

multiannotator.find_best_temp_scaler = lambda *_: 1.0
crowdlab = []
while len(crowdlab) < 36:
    k, people, n = int(rng.integers(2, 6)), int(rng.integers(2, 6)), int(rng.integers(20, 60))
    data = answers(n, people, k, [0.1, 0.4][len(crowdlab) % 2], 0.5)
    data = data[(~np.isnan(data)).any(1)]
    given = data[~np.isnan(data)].astype(int)
    if len(np.unique(given)) < k or np.isnan(data).all(0).any():
        continue
    first = np.array([row[~np.isnan(row)][0] for row in data], int)
    p = rng.dirichlet(np.full(k, 0.7), size=len(data)) + 1.2 * (np.arange(k) == first[:, None])
    p /= p.sum(1, keepdims=True)
    new = rng.dirichlet(np.full(k, 0.7), size=12)
    info = multiannotator.get_label_quality_multiannotator(data, p, return_weights=True, verbose=False)
    active, fresh = multiannotator.get_active_learning_scores(data, p, new)
    crowdlab.append(
        {
            "k": k,
            "people": people,
            "samples": listed(data),
            "probabilities": [float(x) for x in p.ravel()],
            "unlabeled": [float(x) for x in new.ravel()],
            "consensus": info["label_quality"]["consensus_label"].astype(int).tolist(),
            "quality": short(info["label_quality"]["consensus_quality_score"]),
            "weights": short(info["annotator_weight"]),
            "model_weight": float(info["model_weight"]),
            "active": short(active),
            "active_unlabeled": short(fresh),
        }
    )

source = {name: version(name) for name in ["numpy", "krippendorff", "statsmodels", "crowd-kit", "cleanlab"]}
parts = {"nominal": nominal, "sets": sets, "bootstrap": bootstrap, "consensus": consensus, "crowdlab": crowdlab}
text = json.dumps({"source": source, **parts}, separators=(",", ":"))
(pathlib.Path(__file__).parent.parent / "data" / "agreement.json").write_text(text + "\n")
print({name: len(part) for name, part in parts.items()}, len(text), "bytes")
