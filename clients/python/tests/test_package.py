"""The package: typed from the API's own description, and installed by pip."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent.parent


def python(*arguments: str, **more: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=HERE, env={**os.environ, **more}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_call_fits_the_types_of_the_description(tmp_path: Path) -> None:
    assert "TypedDict" in (HERE / "src/querist_client/_types.py").read_text()
    python("-m", "mypy", "--cache-dir", str(tmp_path), "src")


def test_a_mistake_in_a_field_is_found(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("from querist_client import Project\ndef f(p: Project) -> int:\n    return p.state()['sampels']\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache"), str(wrong)],
        capture_output=True,
        text=True,
        cwd=HERE,
    )
    assert done.returncode == 1 and "sampels" in done.stdout, done.stdout + done.stderr


def test_a_wheel_is_built_and_installed(tmp_path: Path) -> None:
    python("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), ".")
    [wheel] = tmp_path.glob("querist_client-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {"querist_client/py.typed", "querist_client/_types.py"} <= set(names)
    into = tmp_path / "into"
    python("-m", "pip", "install", "--quiet", "--no-deps", "--target", str(into), str(wheel))
    path = os.pathsep.join([str(into), *os.environ["PYTHONPATH"].split(os.pathsep)])
    where = python("-c", "import querist_client; print(querist_client.__file__)", PYTHONPATH=path)
    assert where.startswith(str(into))
