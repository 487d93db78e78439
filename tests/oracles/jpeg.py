"""What Pillow, and so libjpeg-turbo, makes of JPEGs: drawn here, and decoded to the last bit.

    pip install -r tests/oracles/requirements.txt
    python tests/oracles/jpeg.py

writes tests/data/jpeg.json: each file as base64, its size, and the SHA-256 of its RGB pixels, inks turned as Pillow does.
"""

import base64
import hashlib
import io
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from PIL import Image, features

OUT = Path(__file__).parent.parent / "data" / "jpeg.json"


def drawn(width, height, seed):
    """Soft colours with hard edges and some noise: what smoothing between coarse colours shows most on."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    soft = np.stack([x * 255 // max(width - 1, 1), y * 255 // max(height - 1, 1), (x + y) * 7 % 256], 2)
    edges = np.where((x // 5 + y // 3)[..., None] % 2 == 0, soft, 255 - soft)
    return np.clip(edges + random.normal(0, 12, edges.shape), 0, 255).astype(np.uint8)


def case(name, picture, **how):
    out = io.BytesIO()
    picture.save(out, "JPEG", **how)
    data = out.getvalue()
    with Image.open(io.BytesIO(data)) as read:
        pixels = read.convert("RGB")
    return {"name": name, "file": base64.b64encode(data).decode(), "width": pixels.width, "height": pixels.height,
            "sha256": hashlib.sha256(pixels.tobytes()).hexdigest()}


def main():
    cases = []
    sizes = [(32, 32), (33, 17), (1, 1), (2, 2), (3, 5), (5, 3), (16, 16), (17, 16), (40, 9), (8, 64), (1, 30), (30, 1)]
    for seed, (width, height) in enumerate(sizes):
        picture = Image.fromarray(drawn(width, height, seed))
        for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
            quality = 60 + 5 * seed % 36
            cases.append(case(f"{width} x {height} {subsampling}", picture, quality=quality, subsampling=subsampling))
        cases.append(case(f"{width} x {height} progressive", picture, quality=85, progressive=True))
    picture = Image.fromarray(drawn(45, 37, 99))
    cases.append(case("restarts", picture, quality=80, restart_marker_rows=1))
    cases.append(case("optimised tables", picture, quality=30, optimize=True))
    cases.append(case("grey", picture.convert("L"), quality=75))
    cases.append(case("grey progressive", picture.convert("L"), quality=75, progressive=True))
    cases.append(case("inks", picture.convert("CMYK"), quality=90))
    cases.append(case("RGB as it is", picture, quality=90, keep_rgb=True))
    source = {"pillow": version("pillow"), "numpy": version("numpy"), "libjpeg-turbo": features.version("libjpeg_turbo")}
    OUT.write_text(json.dumps({"source": source, "cases": cases}, indent=0) + "\n")


if __name__ == "__main__":
    main()
