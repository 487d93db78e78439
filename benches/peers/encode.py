"""Pictures to embeddings with Pillow and onnxruntime, as a notebook would do it: the peer of `cargo bench --bench encode`.

    python benches/peers/encode.py FOLDER ENCODER.onnx [--threads 2] [--most 3000]

The description beside the model (`NAME.json`) gives size, mean and standard deviation. Two loops: one picture at a time,
and batches of 32; onnxruntime has all threads to itself in both, Pillow decodes between its runs.
"""
import argparse
import json
import pathlib
import time

import numpy as np
import onnxruntime as ort
from PIL import Image

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("model", type=pathlib.Path)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--most", type=int, default=3000)
asked = parser.parse_args()
about = json.loads(asked.model.with_suffix(".json").read_text())
about = {**about, **(about["input"] if isinstance(about["input"], dict) else {})}
size = about.get("preprocessing", {}).get("resize") or [about.get("width", 224), about.get("height", 224)]
mean, std = np.float32(about["mean"]), np.float32(about["std"])
options = ort.SessionOptions()
options.intra_op_num_threads = asked.threads
session = ort.InferenceSession(asked.model, options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
endings = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
files = sorted(p for p in asked.folder.rglob("*") if p.suffix.lower() in endings)[: asked.most]


def prepared(path):
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB").resize(size, Image.Resampling.BILINEAR), np.float32)
    pixels = (pixels * np.float32(about.get("scale", 1 / 255)) - mean) / std
    return pixels.transpose(2, 0, 1) if about.get("layout", "NCHW") == "NCHW" else pixels


for batch in (1, 32):
    start = time.perf_counter()
    for at in range(0, len(files), batch):
        session.run(None, {name: np.stack([prepared(p) for p in files[at : at + batch]])})
    print(f"batches of {batch}: {len(files) / (time.perf_counter() - start):.1f} pictures/s, {len(files)} pictures")
