"""``model.onnx`` at work: the preprocessing that its metadata describes, and ONNX Runtime."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class Model:
    """A model of a project. Needs NumPy, Pillow and ONNX Runtime."""

    def __init__(self, file: bytes | str | Path) -> None:
        # Read when ONNX Runtime is imported, which reports the machine otherwise.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import onnxruntime

        self.bytes = file if isinstance(file, bytes) else Path(file).read_bytes()
        self.session: Any = onnxruntime.InferenceSession(self.bytes, providers=["CPUExecutionProvider"])
        about: dict[str, str] = self.session.get_modelmeta().custom_metadata_map
        self.classes: list[str] = json.loads(about["querist.classes"])
        self.preprocessing: dict[str, Any] = json.loads(about["querist.preprocessing"])
        self.input = about["querist.input"]
        self.task = about["querist.task"]
        self.round = int(about["querist.round"])

    def save(self, path: str | Path) -> Path:
        path = Path(path)
        path.write_bytes(self.bytes)
        return path

    def predict(self, images: Iterable[Any], *, batch: int = 32) -> Any:
        """Probabilities, pictures × classes. A picture is a path, or one of Pillow's."""
        import numpy

        rows, waiting = [], []
        for image in images:
            waiting.append(self.prepare(image))
            if len(waiting) == batch:
                rows.append(self._run(waiting))
                waiting = []
        if waiting:
            rows.append(self._run(waiting))
        return numpy.concatenate(rows) if rows else numpy.zeros((0, len(self.classes)), numpy.float32)

    def prepare(self, image: Any) -> Any:
        """The array that the model takes for a picture."""
        import numpy
        from PIL import Image, ImageOps

        if isinstance(image, (str, os.PathLike)):
            with Image.open(image) as opened:
                return self.prepare(opened)
        image = ImageOps.exif_transpose(image).convert("RGB")
        p = self.preprocessing
        size, box = (p["width"], p["height"]), None
        if p["resize"] != "squash":  # the middle part that a picture with this shorter side would leave
            scale = min(image.size) / max(p["resize"]["short_side_then_crop"], *size)
            box = [(n - sign * m * scale) / 2 for sign in (1, -1) for n, m in zip(image.size, size)]
        x = numpy.asarray(image.resize(size, Image.Resampling[p["filter"].upper()], box), numpy.float32)
        x = (x[..., :: 1 if p["channels"] == "RGB" else -1] * p["scale"] - p["mean"]) / p["std"]
        x = x.transpose(2, 0, 1) if p["layout"] == "NCHW" else x
        return x.astype(numpy.uint8 if self.input == "uint8" else numpy.float32)

    def _run(self, arrays: list[Any]) -> Any:
        import numpy

        one_at_a_time = self.session.get_inputs()[0].shape[0] == 1
        groups = [[array] for array in arrays] if one_at_a_time else [arrays]
        run = [self.session.run(["probabilities"], {self.preprocessing["input"]: numpy.stack(group)})[0] for group in groups]
        return numpy.concatenate(run)
