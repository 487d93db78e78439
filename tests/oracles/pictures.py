"""Reference numbers for the built-in encoder's graph (NumPy, by its definition), and for resizing and shifted colours (Pillow).

    pip install -r tests/oracles/requirements.txt
    python tests/oracles/pictures.py

writes tests/data/{selftaught,resize,enhance}.json. All inputs follow from formulas, which the tests repeat.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

OUT = Path(__file__).parent.parent / "data"
PATCH, LEN = 6, 108


def write(name, **content):
    (OUT / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


def wave(n, salt, height):
    """n numbers that look unrelated; single precision, as the model stores them."""
    return (height * np.sin(np.arange(n) * 1.7 + salt)).astype(np.float32).astype(float)


def level(i):
    """A channel's level by its position: smooth ramps with sharp steps."""
    return (i * 37 + i // 11 * 53) % 256


def answers(planes, stride, whitening, shift, centroids):
    """Triangle activations of one scale, averaged over quadrants: 4 K numbers."""
    side = planes.shape[1]
    at = range(0, side - PATCH + 1, stride)
    maps = np.zeros((len(centroids), len(at), len(at)))
    for r, top in enumerate(at):
        for c, left in enumerate(at):
            p = planes[:, top:top + PATCH, left:left + PATCH].reshape(LEN)
            w = whitening @ ((p - p.mean()) / np.sqrt(p.var() + 10)) - shift
            distance = np.sqrt(((w - centroids) ** 2).sum(1))
            maps[:, r, c] = np.maximum(0, distance.mean() - distance)
    # With an odd number of positions the middle ones count for both sides.
    half = -(-len(at) // 2)
    parts = [maps[:, rows, columns].mean((1, 2)) for rows in (slice(0, half), slice(-half, None))
             for columns in (slice(0, half), slice(-half, None))]
    return np.stack(parts, 1).reshape(-1)


def selftaught():
    side, counts, strides, dim = 24, (5, 3), (2, 1), 4
    dictionaries = [(wave(LEN * LEN, 1 + s, 0.3).reshape(LEN, LEN), wave(LEN, 3 + s, 0.5),
                     wave(k * LEN, 5 + s, 1.0).reshape(k, LEN)) for s, k in enumerate(counts)]
    width = 4 * sum(counts)
    projection, mean = wave(dim * width, 7, 1.0).reshape(dim, width), wave(width, 8, 0.2)
    expected = []
    for picture in range(2):
        planes = level(np.arange(3 * side * side) + 1000 * picture).reshape(3, side, side).astype(float)
        half = planes.reshape(3, side // 2, 2, side // 2, 2).mean((2, 4))
        features = np.concatenate([answers(p, s, *d) for p, s, d in zip((planes, half), strides, dictionaries)])
        expected.append([float(f"{v:.9g}") for v in projection @ (features - mean)])
    write("selftaught", source={"numpy": version("numpy")}, expected=expected)


def resize():
    filters = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC,
               "lanczos": Image.Resampling.LANCZOS, "box": Image.Resampling.BOX}
    cases = []
    for width, height, to, crop in [(61, 47, (9, 7), None), (13, 40, (8, 8), None), (7, 5, (16, 11), None),
                                    (60, 40, (10, 10), 20), (40, 64, (8, 8), 16), (53, 31, (9, 9), 12),
                                    (48, 36, (8, 12), None), (20, 30, (20, 11), None), (31, 20, (12, 20), None),
                                    (16, 16, (16, 16), None), (300, 7, (11, 5), None), (64, 64, (14, 14), 16)]:
        picture = Image.fromarray(level(np.arange(height * width * 3)).reshape(height, width, 3).astype(np.uint8))
        for name, resample in filters.items():
            if crop is None:
                small = picture.resize(to, resample)
            else:
                # The part that cutting `to` out of the picture at short side `crop` would keep.
                scale = min(width, height) / crop
                w, h = to[0] * scale, to[1] * scale
                left, top = (width - w) / 2, (height - h) / 2
                small = picture.resize(to, resample, box=(left, top, left + w, top + h))
            cases.append(dict(width=width, height=height, to=to, crop=crop, filter=name,
                              pixels=np.asarray(small).reshape(-1).tolist()))
    write("resize", source={"pillow": version("pillow"), "numpy": version("numpy")}, cases=cases)


def enhance():
    width, height = 9, 6
    pixels = level(np.arange(height * width * 3)).reshape(height, width, 3).astype(np.uint8)
    cases = []
    for brightness, contrast, saturation in [(1.0, 1.0, 1.0), (0.7, 1.0, 1.0), (1.3, 1.0, 1.0), (1.0, 0.7, 1.0), (1.0, 1.3, 1.0),
                                             (1.0, 1.0, 0.6), (1.0, 1.0, 1.4), (0.8, 1.2, 1.1), (1.25, 0.75, 0.9)]:
        picture = Image.fromarray(pixels)
        for change, factor in ((ImageEnhance.Brightness, brightness), (ImageEnhance.Contrast, contrast),
                               (ImageEnhance.Color, saturation)):
            picture = change(picture).enhance(factor)
        cases.append(dict(brightness=brightness, contrast=contrast, saturation=saturation,
                          expected=np.asarray(picture).reshape(-1).tolist()))
    write("enhance", source={"pillow": version("pillow")}, width=width, height=height,
          pixels=pixels.reshape(-1).tolist(), cases=cases)


if __name__ == "__main__":
    selftaught()
    resize()
    enhance()
