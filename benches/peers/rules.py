"""The strategies that efficiency.py compares: each only answers which samples to label next.

A rule is `rule(s) -> positions` for a State `s`. Rules over embeddings get rows of length one; rules over probabilities
get those of the common head. Parameters were fixed before any run: the package's default, or the paper's where the
package's default makes the rule useless or another one (said beside each).

Rules that would take hours in their package run here in an *equal form*: the same scores by a cheaper road, so that
they see the whole pool and every seed. check.py compares each with its package, position by position. Rules without
one that are slow get a random candidate subset per round (CAPPED).
"""
import dataclasses
import json
import os
import pathlib
import subprocess
import tempfile
import warnings

import numpy as np

# Equal in every pick to the strategy beside it, by check.py: not run twice.
EQUAL = {
    "modal:margin": "skactiveml:margin",
    "modal:entropy": "skactiveml:entropy",
    "smalltext:breaking-ties": "skactiveml:margin",
    "smalltext:coreset": "skactiveml:coreset",
    "skactiveml:bald": "skactiveml:qbc-kl",
}
COMMITTEE = 8


@dataclasses.dataclass
class State:
    """What a rule may see in one round."""

    folder: pathlib.Path  # of the arrays
    cache: pathlib.Path  # for what does not depend on labels
    unit: np.ndarray  # N x D, rows of length one
    features: np.ndarray  # N x D, what the head sees
    mean: np.ndarray
    sd: np.ndarray
    classes: int
    labeled: np.ndarray  # positions, in order of labeling
    known: np.ndarray  # their classes
    proba: np.ndarray  # N x K, of the common head
    weights: np.ndarray  # D x K of the common head
    bias: np.ndarray  # K
    committee: object  # members -> list of N x K, heads on bootstrap resamples
    batch: int
    seed: int
    cap: int
    shared: dict  # kept over seeds of one data set
    own: dict  # kept over rounds of one seed

    @property
    def n(self):
        return len(self.unit)

    def open(self):
        free = np.ones(self.n, bool)
        free[self.labeled] = False
        return np.flatnonzero(free)

    def candidates(self):
        """Open positions, or a random subset of `cap` of them."""
        left = self.open()
        rng = np.random.default_rng([self.seed, len(self.labeled)])
        return left if len(left) <= self.cap else np.sort(rng.choice(left, self.cap, replace=False))

    def y(self):
        y = np.full(self.n, np.nan)
        y[self.labeled] = self.known
        return y

    def rng(self):
        """The generator that scikit-activeml draws from in this round."""
        from skactiveml.utils import check_random_state

        return check_random_state(self.seed, self.n - len(self.labeled) + 1)


def once(store, key, make):
    if key not in store:
        store[key] = make()
    return store[key]


# ---- scikit-activeml


def given(proba, rows=None):
    """A classifier of scikit-activeml that knows its answers: X holds positions."""
    from skactiveml.base import SkactivemlClassifier

    class Given(SkactivemlClassifier):
        def fit(self, X, y, sample_weight=None):
            return self

        def predict_proba(self, X, rows=False):
            at = X[:, 0].astype(int)
            return (proba[at], self.rows[at]) if rows else proba[at]

        def predict(self, X):
            return proba[X[:, 0].astype(int)].argmax(1)

    clf = Given(classes=range(proba.shape[1]))
    clf.rows, clf.classes_ = rows, np.arange(proba.shape[1])
    return clf


def linear(s):
    """The common head as a classifier of scikit-activeml, for rules that change its input."""
    from skactiveml.base import SkactivemlClassifier
    from sklearn.preprocessing import LabelEncoder
    from scipy.special import softmax

    class Linear(SkactivemlClassifier):
        def fit(self, X, y, sample_weight=None):
            return self

        def predict_proba(self, X, rows=False):
            proba = softmax(np.asarray(X, "f4") @ s.weights + s.bias, axis=1)
            return (proba, np.asarray(X * s.sd + s.mean, "f4")) if rows else proba

    clf = Linear(classes=range(s.classes))
    clf.classes_, clf.cost_matrix_ = np.arange(s.classes), 1 - np.eye(s.classes)
    clf.random_state_, clf._le = np.random.RandomState(s.seed), LabelEncoder().fit(np.arange(s.classes))
    return clf


def skactiveml(name, **options):
    import skactiveml.pool

    strategy = getattr(skactiveml.pool, name)
    return lambda s: once(s.own, "strategy", lambda: strategy(random_state=s.seed, **options))


def ask(s, strategy, x=None, **more):
    """Positions stand for samples unless `x` is given."""
    x = np.arange(s.n, dtype=float)[:, None] if x is None else x
    return strategy.query(x, s.y(), batch_size=s.batch, **more)


def random(s):
    return ask(s, skactiveml("RandomSampling")(s))


def of_proba(name, **options):
    return lambda s: ask(s, skactiveml(name, **options)(s), clf=given(s.proba, s.unit), fit_clf=False)


def qbc(method):
    """A resample may lose a class; by KL the member then disagrees for that alone, as in the package's own bagging."""

    def rule(s):
        members = [given(proba) for proba in s.committee(COMMITTEE)]
        return ask(s, skactiveml("QueryByCommittee", method=method)(s), ensemble=members, fit_ensemble=False)

    return rule


def typiclust(s):
    """k = 20 as in the paper. Clusterings do not depend on labels: four random ones per number of clusters, kept on
    disk, serve all seeds."""
    from sklearn.cluster import KMeans

    class Clusters:
        def __init__(self, n_clusters):
            self.n_clusters = n_clusters

        def fit_predict(self, x):
            path = s.cache / f"clusters-{self.n_clusters}-{s.seed % 4}.npy"
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                np.save(path, KMeans(self.n_clusters, random_state=s.seed % 4).fit_predict(x))
            return np.load(path)

    strategy = skactiveml("TypiClust", k=20)(s)
    strategy.cluster_algo = lambda n_clusters: Clusters(n_clusters)
    return ask(s, strategy, s.unit)


def dropquery(s):
    """Three draws as in the paper (the package's default is five). The head was not trained with dropout."""
    options = {"n_dropout_samples": 3, "clf_embedding_flag_name": "rows", "cluster_algo_dict": {"random_state": s.seed}}
    strategy = skactiveml("DropQuery", **options)(s)
    return ask(s, strategy, s.features, clf=linear(s), fit_clf=False, candidates=s.candidates())


def clue(s):
    strategy = skactiveml("Clue", predict_dict={"rows": True}, cluster_algo_dict={"random_state": s.seed})(s)
    return ask(s, strategy, estimator=given(s.proba, s.unit), fit_estimator=False, candidates=s.candidates())


# ---- Equal forms


def badge(rows):
    """skactiveml.pool.Badge: |g_i - g_j|^2 = |a_i|^2 |x_i|^2 + ... - 2 (a_i a_j)(x_i x_j) for g = a x', a = p - e."""

    def rule(s):
        left, rng = s.open(), s.rng()
        x, a = rows(s)[left], s.proba[left].copy()
        a[np.arange(len(a)), a.argmax(1)] -= 1
        norm = (a * a).sum(1) * np.einsum("ij,ij->i", x, x, dtype=float)
        d, picks = norm.copy(), [int(norm.argmax())]
        while len(picks) < s.batch:
            new = picks[-1]
            d = np.minimum(d, np.maximum(norm + norm[new] - 2.0 * (x @ x[new]) * (a @ a[new]), 0))
            d[picks] = 0
            if d.sum() == 0:
                d[:] = 1
                d[picks] = 0
            picks.append(int(rng.choice(len(d), 1, replace=False, p=d / d.sum())[0]))
        return left[picks]

    return rule


def nearest(s):
    """Squared distance to the nearest labeled sample; labels of a seed only grow."""
    d, seen = s.own.get("nearest", (np.full(s.n, np.inf, "f4"), 0))
    for i in s.labeled[seen:]:
        d = np.minimum(d, np.maximum(2 - 2 * (s.unit @ s.unit[i]), 0))
    s.own["nearest"] = d, len(s.labeled)
    return d.copy()


def coreset(s):
    """skactiveml.pool.CoreSet, Euclidean: farthest from what is labeled."""
    d, picks = nearest(s), []
    d[s.labeled] = -1
    for _ in range(s.batch):
        new = int(d.argmax())
        picks.append(new)
        d = np.minimum(d, np.maximum(2 - 2 * (s.unit @ s.unit[new]), 0))
        d[picks], d[s.labeled] = -1, -1
    return picks


def ranked(s):
    """modAL.batch.uncertainty_batch_sampling: alpha (1 - similarity to what is labeled) + (1 - alpha) uncertainty."""
    d, picks, uncertainty = nearest(s), [], 1 - s.proba.max(1)
    left = s.open()
    for _ in range(s.batch):
        free = left[~np.isin(left, picks)]
        alpha = len(free) / (len(free) + len(s.labeled) + len(picks))
        score = alpha * (1 - 1 / (1 + np.sqrt(d[free]))) + (1 - alpha) * uncertainty[free]
        new = int(free[score.argmax()])
        picks.append(new)
        d = np.minimum(d, np.maximum(2 - 2 * (s.unit @ s.unit[new]), 0))
    return picks


def kernel(s):
    return once(s.shared, "kernel", lambda: np.exp(-np.maximum(2 - 2 * (s.unit @ s.unit.T), 0)))


def max_herding(s):
    """skactiveml.pool.MaxHerding(gamma=1), lazily: gains never grow, so stale ones are bounds. (The default
    gamma = 1/D leaves a kernel that is 1 nearly everywhere.)"""
    k = kernel(s)
    if "covered" not in s.own:
        s.own["covered"] = k[s.labeled].max(0)
        blocks = np.array_split(np.arange(s.n), max(1, s.n // 500))
        s.own["gain"] = np.concatenate([np.maximum(k[b] - s.own["covered"], 0).sum(1, dtype="f8") for b in blocks])
    covered, gain, picks = s.own["covered"], s.own["gain"], []
    gain[s.labeled] = -1
    while len(picks) < s.batch:
        best = int(gain.argmax())
        gain[best] = np.maximum(k[best] - covered, 0).sum(dtype="f8")
        if gain.argmax() == best:
            picks.append(best)
            np.maximum(covered, k[best], out=covered)
            gain[best] = -1
    return picks


PROB_COVER_DELTAS = np.arange(0.02, 1.42, 0.02)


def prob_cover_delta(s):
    """The paper's rule: the largest ball that is pure for 95 % of the pool, in pseudo-classes by k-means. (The
    package's default grid 0.2, 0.4 ... is too coarse for rows of length one.)"""
    from sklearn.cluster import KMeans

    pseudo = KMeans(n_clusters=s.classes, random_state=0).fit_predict(s.unit)
    best = np.full(s.n, -np.inf, "f4")
    for k in range(s.classes):
        for block in np.array_split(np.flatnonzero(pseudo == k), max(1, (pseudo == k).sum() // 500)):
            best[block] = (s.unit[block] @ s.unit[pseudo != k].T).max(1)
    reach = np.sqrt(np.maximum(2 - 2 * best, 0))
    pure = [delta for delta in PROB_COVER_DELTAS if (reach > delta).mean() >= 0.95]
    return pure[-1] if pure else PROB_COVER_DELTAS[0]


def prob_cover(s):
    """skactiveml.pool.ProbCover: most uncovered neighbours within delta; degrees are kept, not counted again."""
    from skactiveml.utils import rand_argmax

    def graph():
        delta = prob_cover_delta(s)
        near = (2 - 2 * (s.unit @ s.unit.T)) <= delta**2
        np.fill_diagonal(near, True)
        return near

    near = once(s.shared, "near", graph)
    if "covered" not in s.own:
        s.own["covered"] = near[s.labeled].any(0)
        s.own["degree"] = near[:, ~s.own["covered"]].sum(1).astype(float)
    covered, degree, picks, rng = s.own["covered"], s.own["degree"], [], s.rng()
    degree[s.labeled] = np.nan
    while len(picks) < s.batch:
        best = int(rand_argmax(degree, random_state=rng)[0])
        picks.append(best)
        new = near[best] & ~covered
        degree -= near[new].sum(0)
        covered |= new
        degree[best] = np.nan
    return picks


def contrastive(s):
    """small_text.ContrastiveActiveLearning: mean divergence from the ten nearest, of the whole pool."""
    from scipy.special import rel_entr

    def neighbours():
        blocks = np.array_split(np.arange(s.n), max(1, s.n // 500))
        near = [np.argpartition(-(s.unit[b] @ s.unit.T), 10, axis=1)[:, :10] for b in blocks]
        return np.concatenate(near)

    near, left = once(s.shared, "neighbours", neighbours), s.open()
    score = rel_entr(s.proba[near[left]], s.proba[left][:, None]).mean((1, 2))
    return left[np.argpartition(-score, s.batch)[: s.batch]]


# ---- small-text


class Rows:
    """Just enough of a data set of small-text."""

    def __init__(self, at):
        self.at = at

    def __len__(self):
        return len(self.at)

    def __getitem__(self, item):
        return Rows(self.at[item])


class Embedder:
    """Just enough of a classifier of small-text."""

    def __init__(self, s):
        self.s = s

    def embed(self, rows, return_proba=False, pbar=None):
        return (self.s.unit[rows.at], self.s.proba[rows.at]) if return_proba else self.s.unit[rows.at]

    def predict_proba(self, rows):
        return self.s.proba[rows.at]


def smalltext(name, left, **options):
    import small_text

    def rule(s):
        np.random.seed(s.seed * 1000 + len(s.labeled))  # the package draws from the global generator
        strategy = getattr(small_text, name)(**options)
        return strategy.query(Embedder(s), Rows(np.arange(s.n)), left(s), s.labeled, s.known, n=s.batch)

    return rule


# ---- Querist


def querist(binary, strategy, with_proba):
    """`querist select` on the same arrays; `-p` hands it the probabilities of the common head."""

    def rule(s):
        with tempfile.TemporaryDirectory() as folder:
            give = {"labeled": s.labeled.astype("i8"), "labels": s.known.astype("i8")}
            if with_proba:
                give["probabilities"] = s.proba
            command = [binary, "select", "--strategy", strategy, "--embeddings", s.folder / "pool.npy"]
            for name, array in give.items():
                np.save(f"{folder}/{name}.npy", array)
                command += [f"--{name}", f"{folder}/{name}.npy"]
            command += ["--classes", s.classes, "--batch", s.batch, "--seed", s.seed * 1000 + len(s.labeled)]
            run = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=os.environ)
        if run.returncode:
            raise RuntimeError(f"querist select ended with {run.returncode}: {run.stderr.strip()[-300:]}")
        answer = json.loads(run.stdout)
        s.own["seconds"] = (answer.get("fit_ms", 0) + answer.get("select_ms", 0)) / 1e3
        return answer["picked"]

    return rule


RULES = {
    "random": random,
    "skactiveml:margin": of_proba("UncertaintySampling", method="margin_sampling"),
    "skactiveml:entropy": of_proba("UncertaintySampling", method="entropy"),
    "skactiveml:badge": badge(lambda s: s.features),  # the head's input, as in the paper
    "skactiveml:badge-unit": badge(lambda s: s.unit),
    "skactiveml:typiclust": typiclust,
    "skactiveml:maxherding": max_herding,
    "skactiveml:coreset": coreset,
    "skactiveml:probcover": prob_cover,
    "skactiveml:qbc-kl": qbc("KL_divergence"),
    "skactiveml:qbc-vote": qbc("vote_entropy"),
    "skactiveml:dropquery": dropquery,
    "skactiveml:falcun": of_proba("Falcun"),
    "skactiveml:contrastive": of_proba("ContrastiveAL", clf_embedding_flag_name="rows"),
    "skactiveml:clue": clue,
    "modal:ranked": ranked,
    "smalltext:kmeans": smalltext("EmbeddingKMeans", State.candidates),
    "smalltext:contrastive": contrastive,
}
CAPPED = ("skactiveml:dropquery", "skactiveml:clue", "smalltext:kmeans")


def rule(name, binary):
    """The rule of a name, fresh; `querist:NAME` and `querist-p:NAME` call the binary."""
    warnings.filterwarnings("ignore", category=FutureWarning)
    for prefix, with_proba in (("querist:", False), ("querist-p:", True)):
        if name.startswith(prefix):
            return querist(binary, name.removeprefix(prefix), with_proba)
    if name not in RULES:
        same = f"; equal to {EQUAL[name]}, run that" if name in EQUAL else ""
        raise SystemExit(f"no strategy `{name}`{same}; there are {', '.join(RULES)}, querist:NAME, querist-p:NAME")
    return RULES[name]
