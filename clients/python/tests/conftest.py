"""A server of the real program on an empty data folder, its first admin's token, and drawn pictures of three classes."""

from __future__ import annotations

import os
import random
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from querist_client import Server, connect

PROGRAM = os.environ.get("QUERIST_BIN", "querist")
COLOURS = {"leaf": (40, 160, 60), "sky": (60, 110, 220), "rust": (180, 80, 30)}


def run(data: Path, *arguments: str) -> str:
    done = subprocess.run([PROGRAM, "--data", str(data), *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """URL and token."""
    data = tmp_path_factory.mktemp("data")
    run(data, "user", "add", "root", "--role", "admin")
    token = run(data, "token", "new", "--user", "root")
    command = [PROGRAM, "--data", str(data), "--threads", "2", "serve", "--listen", "127.0.0.1:0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    for line in server.stderr:
        if "listening on " in line:
            url = line.split("listening on ")[1].strip()
            break
    else:
        pytest.fail("the server did not start")
    # Keep reading, or the server blocks when the pipe is full.
    threading.Thread(target=lambda: [None for _ in server.stderr or ()], daemon=True).start()
    yield url, token
    server.terminate()
    assert server.wait(40) == 0


@pytest.fixture(scope="session")
def server(address: tuple[str, str]) -> Iterator[Server]:
    with connect(*address) as server:
        yield server


def picture(kind: str, seed: int) -> Image.Image:
    draw = random.Random(f"{kind}{seed}")
    base = COLOURS[kind]
    image = Image.new("RGB", (40, 32), tuple(max(0, min(255, c + draw.randint(-30, 30))) for c in base))
    pen = ImageDraw.Draw(image)
    for _ in range(12):
        x, y = draw.randint(0, 39), draw.randint(0, 31)
        pen.rectangle((x, y, x + draw.randint(1, 9), y + draw.randint(1, 9)), tuple(c + draw.randint(-25, 25) for c in base))
    return image


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each class, with 30 pictures in each."""
    root = tmp_path_factory.mktemp("pictures")
    for kind in COLOURS:
        (root / kind).mkdir()
        for i in range(30):
            picture(kind, i).save(root / kind / f"{kind}-{i:02}.png")
    return root
