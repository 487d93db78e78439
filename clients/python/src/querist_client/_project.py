"""A project: data in, questions and answers, rounds, data and models out."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from ._errors import Failed, NotYet, QueristError
from ._http import Http
from ._model import Model

if TYPE_CHECKING:
    import pandas

    from ._types import (
        Class,
        Curve,
        FollowedRound,
        ImportRun,
        JobState,
        Leased,
        OneSample,
        ListedAnnotation,
        PoolPrediction,
        ProjectSettings,
        ProjectState,
        Sample,
    )

#: The longest that one request waits.
_WAIT = 30
#: Labels of one request.
_LABELS = 2000


@dataclass(frozen=True)
class ImportReport:
    """What became of an import. ``refused`` names each item that was, with the reason."""

    run: ImportRun
    refused: list[tuple[str, str]]

    @property
    def added(self) -> int:
        return self.run["counts"]["added"]

    @property
    def labeled(self) -> int:
        return self.run["counts"]["labeled"]


@dataclass
class Question:
    """A sample that is leased to this account."""

    project: Project
    leased: Leased

    @property
    def sample(self) -> int:
        return self.leased["sample"]["id"]

    @property
    def name(self) -> str:
        return self.leased["sample"]["name"]

    def file(self) -> bytes:
        """The file of the sample."""
        return self.project.http.bytes(self.leased["media_url"])

    def image(self) -> Any:
        """The picture, by Pillow."""
        from PIL import Image

        return Image.open(io.BytesIO(self.file()))

    def answer(self, classes: str | int | Sequence[str | int]) -> str:
        """Answer by name or number, with a list where samples have any number of classes. Returns the annotation's id."""
        return self._give(self.project._said(classes))

    def skip(self, reason: str = "unsure", note: str | None = None) -> str:
        """Say why it has no answer: ``unsure``, ``bad data``, ``not in list`` or ``other``."""
        return self._give({"skip": reason} | ({"note": note} if note else {}))

    def give_back(self) -> None:
        """Leave the sample to others."""
        self.project._call("DELETE", f"/leases/{self.leased['lease']}")

    def _give(self, said: dict[str, Any]) -> str:
        # Made once, so that an answer sent twice is stored once.
        answer = {"id": str(uuid.uuid4()), "sample": self.sample, "lease": self.leased["lease"], **said}
        self.project._call("POST", "/annotations", answer)
        return cast(str, answer["id"])


class Project:
    """A project on a server."""

    def __init__(self, http: Http, slug: str) -> None:
        self.http = http
        self.slug = slug
        self._classes: list[Class] = []

    def __repr__(self) -> str:
        return f"Project({self.slug!r})"

    def _call(self, method: str, path: str, body: object = None, **query: object) -> Any:
        return self.http.call(method, f"/api/v1/projects/{self.slug}{path}", body, query)

    # The project itself.

    def state(self) -> ProjectState:
        """Counts, classes, the newest round, and what brings the next one."""
        state = cast("ProjectState", self._call("GET", ""))
        self._classes = state["classes"]
        return state

    def settings(self, **changes: Any) -> ProjectSettings:
        """The settings, after changing those that are given: ``settings(strategy="margin", retrain_labels=50)``."""
        settings = cast("ProjectSettings", self._call("GET", "/settings"))
        if not changes:
            return settings
        return cast("ProjectSettings", self._call("PUT", "/settings", {**settings, **changes}))

    def classes(self) -> list[Class]:
        """The classes in the order of their keys, which is that of probabilities."""
        return self.state()["classes"]

    def add_classes(self, *names: str) -> list[Class]:
        self._classes = self._call("POST", "/classes", {"names": list(names)})
        return self._classes

    def _number(self, name: str | int) -> int:
        if isinstance(name, int):
            return name
        for fresh in (False, True):
            if fresh:
                self.state()
            for known in self._classes:
                if known["name"] == name:
                    return known["id"]
        raise QueristError(f"class `{name}` is not in this project; it has {[known['name'] for known in self._classes]}")

    def _said(self, classes: str | int | Sequence[str | int]) -> dict[str, Any]:
        if isinstance(classes, (str, int)):
            return {"class": self._number(classes)}
        return {"classes": [self._number(name) for name in classes]}

    # Data in.

    def upload(
        self,
        what: str | Path | Sequence[str | Path] | Mapping[str, bytes],
        *,
        labels: str = "",
        relabel: bool = False,
        timeout: float = 3600,
    ) -> ImportReport:
        """Import files, archives, folders, or ``{name: bytes}``, and wait for the report.

        ``labels`` is ``"folder"``, ``"column:NAME"`` or nothing.
        """
        with ExitStack() as opened:
            if isinstance(what, Mapping):
                parts = [("files", ("files.tar", opened.enter_context(_tar(what.items()))))]
            else:
                paths = [Path(what)] if isinstance(what, (str, Path)) else [Path(path) for path in what]
                parts = [("files", _part(path, opened)) for path in paths]
            form = {"labels": labels} | ({"relabel": "yes"} if relabel else {})
            path = f"/api/v1/projects/{self.slug}/samples"
            job = self.http.call("POST", path, files=parts, data={k: v for k, v in form.items() if v})["job"]
        done = self.wait(job, timeout=timeout)
        return self.report(done["import"]["id"])

    def annotate(
        self,
        labels: Iterable[Mapping[str, Any]] | pandas.DataFrame,
        *,
        source: str = "python",
        relabel: bool = False,
    ) -> list[ImportReport]:
        """Store labels for samples that are there: rows with one of ``sample``, ``sha256`` and ``name``, and with ``class`` or ``classes``.

        Answers of people are never replaced, those of earlier imports with ``relabel``. There is one report for every 2000 rows.
        """
        rows = labels.to_dict("records") if hasattr(labels, "to_dict") else list(labels)
        fields = ("sample", "sha256", "name", "class", "classes")
        wanted = [{k: _plain(row[k]) for k in fields if k in row and not _missing(row[k])} for row in rows]
        reports = []
        for start in range(0, len(wanted), _LABELS):
            body = {"source": source, "relabel": relabel, "labels": wanted[start : start + _LABELS]}
            reports.append(self.report(self._call("POST", "/labels", body)["id"]))
        return reports

    def report(self, number: int) -> ImportReport:
        """What became of an import."""
        refused: list[tuple[str, str]] = []
        after: int | None = None
        while True:
            page = self._call("GET", f"/imports/{number}", bucket="refused", after=after)
            refused += [(item["name"], item.get("reason", "")) for item in page["outcomes"]]
            after = page.get("next")
            if after is None:
                return ImportReport(cast("ImportRun", page), refused)

    # Questions and answers.

    def ask(self, count: int = 1) -> list[Question]:
        """Lease up to ``count`` samples, 100 at most; an empty list if there is nothing to ask."""
        leases = self._call("POST", "/leases", {"count": count})["leases"]
        return [Question(self, leased) for leased in leases]

    def undo(self, annotation: str) -> None:
        """Take an answer back."""
        self._call("DELETE", f"/annotations/{annotation}")

    def correct(self, sample: int, classes: str | int | Sequence[str | int], *, seen: str | None = None) -> bool:
        """Put another answer in the place of whoever's (reviewers). ``seen`` is the annotation that it replaces, if there is one.

        Returns False if the sample was answered in the meantime.
        """
        act = {"sample": sample, **self._said(classes)} | ({"annotation": seen} if seen else {})
        return bool(self._call("POST", "/reviews", {"samples": [act]})["settled"])

    def annotations(self, **only: Any) -> Iterator[ListedAnnotation]:
        """Every annotation ever made, oldest first; ``sample=`` or ``by=`` restricts them."""
        yield from self._pages("/annotations", "annotations", only)

    # Rounds.

    def wait(self, what: Literal["encoded", "round"] | int, *, timeout: float = 600) -> Any:
        """Wait until everything is encoded, until a round has seen the answers given so far, or until a job has ended.

        Raises :class:`NotYet` after ``timeout`` seconds, and :class:`Failed` if it cannot happen.
        """
        until = time.monotonic() + timeout
        if what == "round":
            return self._round(until)
        if what == "encoded":
            return self._encoded(until)
        return self._job(what, until)

    def train(self, *, timeout: float = 600) -> FollowedRound:
        """Train now, and wait for the round."""
        self.wait(self._call("POST", "/rounds")["job"], timeout=timeout)
        return cast("FollowedRound", self._call("GET", "/rounds/newest"))

    def _job(self, number: int, until: float) -> JobState:
        while True:
            job = cast("JobState", self._call("GET", f"/jobs/{number}", wait=_left(until)))
            if job["state"] == "failed":
                raise Failed(f"job {number} ({job['kind']}) failed: {job['message']}")
            if job["state"] == "done":
                return job
            if time.monotonic() >= until:
                raise NotYet(f"job {number} ({job['kind']}) is {job['state']}: {job['message']}")

    def _round(self, until: float) -> FollowedRound:
        answers: int | None = None
        while True:
            newest = cast("FollowedRound", self._call("GET", "/rounds/newest", answers=answers, wait=_left(until)))
            answers = newest["answers"] if answers is None else answers
            if newest["trained"]:
                return newest
            if time.monotonic() >= until:
                raise NotYet(f"no round has seen the {answers} answers yet; `train()` brings one at once")

    def _encoded(self, until: float) -> ProjectState:
        """Encoding follows an import by itself, so that wait for whatever is open, and look again."""
        while True:
            state = self.state()
            job = state.get("encoding")
            if job and job["state"] == "failed":
                raise Failed(f"encoding failed: {job['message']}")
            if job and job["state"] == "done":
                return state
            if time.monotonic() >= until:
                raise NotYet(f"the samples are not encoded yet: {job['message'] if job else 'nothing was imported'}")
            time.sleep(0.2)

    def curve(self) -> pandas.DataFrame:
        """Accuracy on the audit set against labels: one row for each round, with its interval."""
        import pandas

        return pandas.DataFrame(self.curve_numbers()["points"])

    def curve_numbers(self) -> Curve:
        """All the numbers behind the insight page."""
        return cast("Curve", self._call("GET", "/curve"))

    # Data out.

    def samples(self, **only: Any) -> Iterator[Sample]:
        """Samples, page by page; ``state=``, ``name=``, ``annotator=``, ``metadata=`` or ``class_=`` restricts them."""
        if "class_" in only:
            only["class"] = only.pop("class_")
        yield from self._pages("/samples", "samples", only)

    def sample(self, number: int) -> OneSample:
        """One sample with its metadata."""
        return cast("OneSample", self._call("GET", f"/samples/{number}"))

    def frame(self, **only: Any) -> pandas.DataFrame:
        """As :meth:`samples`, as a table."""
        import pandas

        return pandas.DataFrame(self.samples(**only))

    def predictions(self, which: Literal["all", "labeled", "unlabeled"] = "all") -> pandas.DataFrame:
        """What the committee in use says of the pool: a row for each sample, with a column ``p(CLASS)`` for each class.

        Where ``held_out`` is true, the sample trains, and heads that did not see its label speak.
        """
        import pandas

        lines = list(self.predicted())
        if which != "all":
            chosen = {sample["id"] for sample in self.samples(state=which)}
            lines = [line for line in lines if line["sample"] in chosen]
        names = [known["name"] for known in self.classes()]
        for line in lines:
            values = cast("dict[str, Any]", line)
            values |= {f"p({name})": p for name, p in zip(names, values.pop("probabilities"))}
        return pandas.DataFrame(lines)

    def predicted(self) -> Iterator[PoolPrediction]:
        """As :meth:`predictions`, line by line as it arrives."""
        with self.http.stream(f"/api/v1/projects/{self.slug}/predictions") as response:
            for line in response.iter_lines():
                yield json.loads(line)

    def embeddings(self) -> tuple[Any, Any]:
        """The numbers of the encoded samples, and an array with a row for each, by NumPy."""
        import numpy

        with tempfile.TemporaryDirectory() as folder:
            path = f"/api/v1/projects/{self.slug}/embeddings.npz"
            file = self.http.download(path, Path(folder) / "embeddings.npz")
            with numpy.load(file) as arrays:
                return arrays["ids"], arrays["embeddings"]

    def export(
        self,
        path: str | Path,
        format: str = "csv",
        *,
        split: str | None = None,
        seed: int = 0,
        votes: bool = False,
        with_predictions: bool = False,
        timeout: float = 3600,
    ) -> Path:
        """Make a snapshot of the labels, fetch it, and compare its checksum."""
        wanted = {"format": format, "split": split, "seed": seed, "votes": votes, "with_predictions": with_predictions}
        asked = self._call("POST", "/snapshots", {k: v for k, v in wanted.items() if v is not None})
        self.wait(asked["job"], timeout=timeout)
        made = self._call("GET", f"/snapshots/{asked['snapshot']}")
        file = self.http.download(made["download_url"], Path(path))
        with file.open("rb") as read:
            found = _sha256(read)
        if found != made["sha256"]:
            file.unlink()
            raise QueristError(f"`{path}` is not what the server sent; fetch it again")
        return file

    def model(
        self,
        path: str | Path | None = None,
        *,
        round: int | None = None,
        input: Literal["float", "uint8"] = "uint8",
        precision: Literal["f32", "int8"] = "f32",
        timeout: float = 600,
    ) -> Model:
        """Make the model of a round (the newest by default), fetch it to ``path``, and load it."""
        if round is None:
            newest = self._call("GET", "/rounds/newest")["round"]
            if newest is None:
                raise NotYet("no round has finished yet; label samples of two classes, then `train()`")
            round = int(newest["number"])
        form = {"input": input, "precision": precision}
        self.wait(self._call("POST", f"/rounds/{round}/models", form)["job"], timeout=timeout)
        where = f"/api/v1/projects/{self.slug}/rounds/{round}/model.onnx"
        if path is not None:
            return Model(self.http.download(where, Path(path), **form).read_bytes())
        return Model(self.http.bytes(where, **form))

    def _pages(self, path: str, field: str, only: Mapping[str, Any]) -> Iterator[Any]:
        query: dict[str, Any] = {"limit": 1000, **only}
        while True:
            page = self._call("GET", path, **query)
            yield from page[field]
            if page.get("next") is None:
                return
            query["after"] = page["next"]


def _left(until: float) -> int:
    return max(0, min(_WAIT, int(until - time.monotonic())))


def _part(path: Path, opened: ExitStack) -> tuple[str, Any]:
    """A file as it is, or a folder in an archive that keeps its folders."""
    if not path.is_dir():
        return path.name, opened.enter_context(path.open("rb"))
    files = ((file.relative_to(path).as_posix(), file) for file in sorted(path.rglob("*")) if file.is_file())
    return f"{path.name}.tar", opened.enter_context(_tar(files))


def _tar(files: Iterable[tuple[str, bytes | Path]]) -> Any:
    """An archive in a temporary file, so that memory does not grow with the data."""
    out = tempfile.TemporaryFile()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files:
            if isinstance(content, Path):
                tar.add(content, arcname=name)
            else:
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
    out.seek(0)
    return out


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _plain(value: Any) -> Any:
    """A value of NumPy's as Python's own."""
    return value.item() if hasattr(value, "item") else value


def _sha256(file: Any) -> str:
    digest = hashlib.sha256()
    while piece := file.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()
