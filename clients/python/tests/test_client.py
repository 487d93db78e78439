"""The client at the real program: every call of the manual, and what goes wrong in words."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import numpy
import pandas
import pytest
from PIL import Image

from querist_client import Failed, Model, NotYet, Project, QueristError, Refused, Server, connect


@pytest.fixture(scope="module")
def project(server: Server, pictures: Path) -> Project:
    project = server.create("garden", ["leaf", "sky", "rust"], seed=3)
    report = project.upload(pictures)
    assert (report.added, report.labeled, report.refused) == (90, 0, [])
    project.wait("encoded", timeout=120)
    return project


def kind(name: str) -> str:
    return name.split("-")[0]


@pytest.fixture(scope="module")
def trained(project: Project) -> Project:
    for question in project.ask(40):
        question.answer(kind(question.name))
    project.train(timeout=120)
    return project


def test_a_wrong_token_is_refused_with_what_to_do(address: tuple[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        connect(address[0], "qst_wrong")
    assert refused.value.status == 401 and "token" in refused.value.hint


def test_projects_are_made_listed_and_found(server: Server, project: Project) -> None:
    assert server.account()["admin"]
    assert "garden" in [one["slug"] for one in server.projects()]
    assert [one["name"] for one in server.project("garden").classes()] == ["leaf", "sky", "rust"]
    with pytest.raises(Refused, match="exists already"):
        server.create("garden")
    with pytest.raises(Refused, match="no project"):
        server.project("nowhere")


def test_settings_change_one_by_one(project: Project) -> None:
    before = project.settings()
    after = project.settings(retrain_minutes=60)
    assert after == {**before, "retrain_minutes": 60}
    with pytest.raises(Refused, match="strategy"):
        project.settings(strategy="guess")


def test_an_import_says_what_it_refused(server: Server, tmp_path: Path) -> None:
    project = server.create("mixed", ["a"])
    project.add_classes("b")
    (tmp_path / "good.png").write_bytes(_png((9, 9, 9)))
    (tmp_path / "bad.png").write_text("no picture")
    report = project.upload([tmp_path / "good.png", tmp_path / "bad.png"])
    assert report.added == 1
    [(name, reason)] = report.refused
    assert name.endswith("bad.png") and reason
    labeled = project.upload({"a/one.png": _png((200, 0, 0)), "b/two.png": _png((0, 200, 0))}, labels="folder")
    assert (labeled.added, labeled.labeled) == (2, 2)
    with pytest.raises(Failed, match="could be used"):
        project.upload({"notes.png": b"not a picture"})


def _png(colour: tuple[int, int, int]) -> bytes:
    import io

    out = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(out, "PNG")
    return out.getvalue()


def test_a_question_has_a_picture_and_takes_an_answer_or_a_skip(project: Project) -> None:
    first, second, third = project.ask(3)
    assert first.image().size == (40, 32)
    annotation = first.answer(kind(first.name))
    project.undo(annotation)
    assert second.skip("bad data", "torn")
    third.give_back()
    with pytest.raises(QueristError, match="zebra"):
        first.answer("zebra")
    history = list(project.annotations(sample=first.sample))
    assert [one["kind"] for one in history] == ["classes", "undo"]


def test_rounds_are_waited_for_and_the_curve_is_a_table(trained: Project) -> None:
    newest = trained.wait("round")
    assert newest["trained"] and newest["round"]["number"] >= 1
    curve = trained.curve()
    assert {"labels", "accuracy", "low", "high"} <= set(curve.columns)
    assert curve.accuracy.between(0, 1).all()


def test_waiting_ends_when_there_is_nothing_to_wait_for(server: Server) -> None:
    project = server.create("empty", ["a", "b"])
    with pytest.raises(NotYet, match="nothing was imported"):
        project.wait("encoded", timeout=0.5)
    with pytest.raises(NotYet, match="no round"):
        project.model()
    with pytest.raises(Refused, match="no job"):
        project.wait(10_000)
    with pytest.raises(Refused, match="no predictions"):
        project.predictions()


def test_predictions_of_the_whole_pool_and_its_embeddings(trained: Project) -> None:
    table = trained.predictions()
    assert len(table) == 90
    assert numpy.allclose(table[["p(leaf)", "p(sky)", "p(rust)"]].sum(axis=1), 1, atol=1e-4)
    names = {one["id"]: one["name"] for one in trained.classes()}
    right = (table["class"].map(names) == table["name"].map(lambda name: kind(name.split("/")[-1]))).mean()
    assert right > 0.9
    open_ones = trained.predictions("unlabeled")
    assert 0 < len(open_ones) < 90 and not open_ones["held_out"].any()
    ids, rows = trained.embeddings()
    assert rows.shape[0] == 90 and sorted(ids) == sorted(table["sample"])


def test_labels_come_from_a_table_by_content_and_by_number(trained: Project) -> None:
    table = trained.frame(state="unlabeled").head(6)
    labels = pandas.DataFrame({"sha256": table["sha256"], "class": [kind(n.split("/")[-1]) for n in table["name"]]})
    [report] = trained.annotate(labels, source="a colleague's list")
    assert (report.labeled, report.run["source"]) == (6, "a colleague's list")
    [again] = trained.annotate([{"sample": int(table["id"].iloc[0]), "class": labels["class"].iloc[0]}])
    assert again.run["counts"]["same"] == 1
    [wrong] = trained.annotate([{"name": "nowhere.png", "class": "sky"}])
    assert wrong.refused == [("nowhere.png", "no sample has this name")]
    with pytest.raises(Refused, match="zebra"):
        trained.annotate([{"sample": 1, "class": "zebra"}])


def test_a_correction_takes_the_place_of_what_was_seen(trained: Project) -> None:
    one = next(trained.annotations(by="root"))
    sample = trained.sample(one["sample"])
    stands = list(trained.annotations(sample=sample["id"]))[-1]
    if stands["kind"] == "classes":
        assert not trained.correct(sample["id"], "sky", seen="00000000-0000-4000-8000-000000000000")
        assert trained.correct(sample["id"], "sky", seen=stands["id"])


def test_an_export_is_whole(trained: Project, tmp_path: Path) -> None:
    table = pandas.read_csv(trained.export(tmp_path / "garden.csv", "csv", with_predictions=True))
    assert len(table) == trained.state()["counts"]["labeled"]
    with zipfile.ZipFile(trained.export(tmp_path / "garden.zip", "imagefolder")) as archive:
        assert archive.testzip() is None
    with pytest.raises(Refused, match="format"):
        trained.export(tmp_path / "garden.doc", "doc")
    assert not (tmp_path / "garden.doc").exists()


@pytest.mark.parametrize("input", ["uint8", "float"])
def test_the_model_says_what_the_server_says(trained: Project, pictures: Path, tmp_path: Path, input: str) -> None:
    model = trained.model(tmp_path / "garden.onnx", input=input)  # type: ignore[arg-type]
    files = sorted(pictures.rglob("*.png"))
    said = model.predict(files)
    table = trained.predictions().set_index("name")
    for file, row in zip(files, said):
        known = table.loc[str(file.relative_to(pictures))]
        if not known["held_out"]:
            assert numpy.allclose(row, known[[f"p({name})" for name in model.classes]].astype(float), atol=0.01)
    again = Model(tmp_path / "garden.onnx")
    # A batch of one may be summed in another order.
    assert numpy.allclose(again.predict([Image.open(files[0])])[0], said[0], atol=1e-5)


def test_the_notebook_runs(address: tuple[str, str], pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = Path(__file__).parent.parent / "examples" / "label_and_train.ipynb"
    monkeypatch.chdir(tmp_path)
    os.symlink(pictures, tmp_path / "pictures")
    monkeypatch.setenv("QUERIST_URL", address[0])
    monkeypatch.setenv("QUERIST_TOKEN", address[1])
    cells = json.loads(notebook.read_text())["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert len(code) > 5
    names: dict[str, object] = {}
    for cell in code:
        exec(compile(cell, str(notebook), "exec"), names)
    assert (tmp_path / "model.onnx").exists()
