"""Reference for the encoder of texts: TF-IDF by scikit-learn, its exact singular vectors by NumPy.

    pip install -r tests/oracles/requirements.txt
    python tests/oracles/terms.py

writes tests/data/terms.json: drawn texts of words and spaces, further ones that were not learned from, and the cosines between
these by the definition: `TfidfVectorizer` for words and pairs of words and, with `char_wb`, for n-grams of two to four
characters, both without a norm of their own, joined, of unit length, projected onto the first ten right singular vectors, each
times its singular value to the power of a quarter. Cosines do not depend on how these are turned.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

DIM = 10
rng = np.random.default_rng(23)
syllables = ["ka", "lo", "mi", "ret", "sun", "vo", "tar", "i", "a", "pel", "qu", "dro"]
words = ["".join(rng.choice(syllables, size=rng.integers(2, 4))) for _ in range(120)]
topics = [[words[at] for at in part] for part in rng.permutation(len(words)).reshape(DIM, -1)[:, :9]]


def text(topic):
    drawn = [str(rng.choice(topics[topic] if rng.random() < 0.96 else words)) for _ in range(rng.integers(3, 14))]
    return " ".join([str.lower, str.upper, str.capitalize][int(rng.integers(3))](word) for word in drawn)


# Topics of falling sizes, so that singular values are apart.
sizes = [60, 50, 42, 35, 30, 26, 22, 19, 16, 14]
learned = [text(topic) for topic, size in enumerate(sizes) for _ in range(size)]
held_out = [text(at % DIM) for at in range(30)]
shared = {"sublinear_tf": True, "min_df": 2, "norm": None}
by_word = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b", ngram_range=(1, 2), **shared)
by_letter = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), **shared)
rows = normalize(sp.hstack([by_word.fit_transform(learned), by_letter.fit_transform(learned)])).toarray()
_, strengths, vectors = np.linalg.svd(rows, full_matrices=False)
print("singular values", strengths[: DIM + 2].round(3))
new = sp.hstack([by_word.transform(held_out), by_letter.transform(held_out)]).toarray()
embedded = normalize(new @ vectors[:DIM].T * strengths[:DIM] ** 0.25)
cosines = [float(f"{x:.6g}") for x in (embedded @ embedded.T).ravel()]
source = {name: version(name) for name in ["numpy", "scikit-learn"]}
counts = {"word_grams": len(by_word.vocabulary_), "letter_grams": len(by_letter.vocabulary_)}
found = {"source": source, "dim": DIM, **counts, "learned": learned, "held_out": held_out, "cosines": cosines}
out = json.dumps(found, separators=(",", ":"))
(Path(__file__).parent.parent / "data" / "terms.json").write_text(out + "\n")
print(f"{counts}, {len(out)} bytes")
