"""Read an export with its ecosystem's own reader, and say as JSON what was found.

    read_back.py FORMAT FILE FOLDER LOADER

FOLDER is empty and takes what a zip holds; LOADER is the program of docs/export.md for PyTorch.
"""

import collections
import json
import os
import pathlib
import sys
import types
import zipfile

form, file, folder, loader = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4]
if file.endswith(".zip"):
    zipfile.ZipFile(file).extractall(folder)
PARTS = ["train", "val", "test", "audit"]


def plain(cell):
    """A cell of a CSV without the apostrophe that keeps it from running."""
    text = cell.decode() if isinstance(cell, bytes) else cell
    return text[1:] if text.startswith("'") else text


def names(cell):
    """The classes of a cell, of which there may be several."""
    return [name for name in plain(cell).split("|") if name]


def table(frame, classes):
    column = "classes" if "classes" in frame else "class"
    parts = frame["split"] if "split" in frame else [None] * len(frame)
    return [(classes(value), part) for value, part in zip(frame[column], parts)]


def csv():
    import pandas

    return table(pandas.read_csv(file, keep_default_na=False), names)


def tsv():
    import pandas

    return table(pandas.read_csv(file, sep="\t", keep_default_na=False), names)


def jsonl():
    import pandas

    frame = pandas.read_json(file, lines=True)
    return table(frame, lambda value: [value] if isinstance(value, str) else list(value))


def parquet():
    import pandas
    import pyarrow.parquet

    frame = pandas.read_parquet(file)
    assert len(frame) == pyarrow.parquet.read_table(file).num_rows
    assert frame["audit"].dtype == bool and str(frame["sample_id"].dtype).lower() == "int64", frame.dtypes
    return table(frame, lambda value: [value] if isinstance(value, str) else list(value))


def image_folder(root):
    """The rule of torchvision's ImageFolder: classes are the sorted folders, samples the pictures below them."""
    classes = sorted(entry.name for entry in root.iterdir() if entry.is_dir())
    found = []
    for name in classes:
        for path in sorted((root / name).rglob("*")):
            if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".bmp", ".webp"):
                assert path.stat().st_size > 0
                found.append([name])
    return found


def folders():
    parts = [part for part in PARTS if (folder / part).is_dir()]
    if not parts:
        return [(name, None) for name in image_folder(folder)]
    return [(name, part) for part in parts for name in image_folder(folder / part)]


def huggingface():
    import datasets

    parts = datasets.load_dataset(str(folder), cache_dir=str(folder / "cache"))
    found = []
    for part, rows in parts.items():
        for row in rows:
            assert row["image"].size[0] > 0
            found.append(([row["label"]] if "label" in row else names(row["classes"]), part.replace("validation", "val")))
            if "labels" in row:
                assert sum(row["labels"]) == len(found[-1][0]), row
    return found


def pytorch():
    torch = types.ModuleType("torch")
    torch.utils = types.SimpleNamespace(data=types.SimpleNamespace(Dataset=object))
    sys.modules.update({"torch": torch, "torch.utils": torch.utils, "torch.utils.data": torch.utils.data})
    scope = {}
    exec(pathlib.Path(loader).read_text(), scope)
    parts = sorted({row["split"] for row in scope["LabeledPictures"](folder).rows})
    found = []
    for part in parts:
        data = scope["LabeledPictures"](folder, part)
        for i in range(len(data)):
            picture, target = data[i]
            assert picture.size[0] > 0
            found.append(([data.classes[place] for place in target], part or None))
    return found


def fastai():
    """The columns that ImageDataLoaders.from_csv takes: name, label with `|` between classes, is_valid."""
    import pandas

    found = []
    for path in sorted(folder.glob("*.csv")):
        for row in pandas.read_csv(path, keep_default_na=False).itertuples():
            assert (folder / row.name).is_file()
            part = ("val" if row.is_valid else "train") if path.stem == "labels" else path.stem
            found.append((names(row.label), part))
    return found


def imagenet():
    classes = (folder / "classes.txt").read_text().splitlines()
    found = []
    for path in sorted(folder.glob("*.txt")):
        if path.stem != "classes":
            for line in path.read_text().splitlines():
                name, place = line.rsplit(" ", 1)
                assert (folder / name).is_file()
                found.append(([classes[int(place)]], None if path.stem == "all" else path.stem))
    return found


def coco():
    from pycocotools.coco import COCO

    found = []
    for path in sorted(folder.glob("*.json")):
        read = COCO(str(path))
        called = {category["id"]: category["name"] for category in read.loadCats(read.getCatIds())}
        for image in read.loadImgs(read.getImgIds()):
            assert (folder / image["file_name"]).is_file() and image["width"] > 0
            marks = read.loadAnns(read.getAnnIds(imgIds=[image["id"]]))
            part = None if path.stem == "annotations" else path.stem
            found.append(([called[mark["category_id"]] for mark in marks], part))
    return found


def labelstudio():
    from label_studio_sdk.label_interface import LabelInterface

    tasks = json.loads(pathlib.Path(file).read_text())
    choices = {name for task in tasks for one in task["annotations"][0]["result"] for name in one["value"]["choices"]}
    from xml.sax.saxutils import quoteattr

    config = "".join(f"<Choice value={quoteattr(name)}/>" for name in sorted(choices))
    interface = LabelInterface(
        f'<View><Image name="image" value="$image"/><Choices name="choice" toName="image" choice="multiple">{config}</Choices></View>'
    )
    found = []
    for task in tasks:
        assert interface.validate_task({"data": task["data"]}), task
        for annotation in task["annotations"]:
            assert interface.validate_annotation(annotation), annotation
        result = task["annotations"][0]["result"]
        found.append((result[0]["value"]["choices"] if result else [], task["meta"].get("split")))
    return found


def croissant():
    import mlcroissant

    os.chdir(folder)
    data = mlcroissant.Dataset(jsonld="croissant.json")
    called = {plain(row["classes/name"]) for row in data.records("classes")}
    found = []
    for row in data.records("samples"):
        assert pathlib.Path(plain(row["samples/path"])).is_file()
        several = names(row["samples/classes"]) if "samples/classes" in row else [plain(row["samples/class"])]
        assert set(several) <= called
        part = row.get("samples/split")
        found.append((several, plain(part) if part else None))
    return found


readers = {"imagefolder": folders, "yolo": folders}
rows = readers.get(form, globals().get(form))()
classes = collections.Counter(name for several, _ in rows for name in several)
parts = collections.Counter(part for _, part in rows if part)
print()
print(json.dumps({"n": len(rows), "classes": classes, "parts": parts}))
