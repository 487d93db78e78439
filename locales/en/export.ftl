# The export page: labeled datasets and the model.

export-about =
    { $n ->
        [one] 1 labeled sample. An export never changes once it is made; its manifest accounts for every sample.
       *[other] { $n } labeled samples. An export never changes once it is made; its manifest accounts for every sample.
    }
export-dataset = Labeled dataset
export-format = Format
format-csv = CSV: one row per sample
format-jsonl = JSONL: one object per line
format-imagefolder = Zip: one folder per class, pictures included
format-tsv = TSV: the same with tabs between cells
format-parquet = Parquet: one row per sample, typed columns
format-huggingface = Hugging Face: a zip for load_dataset
format-pytorch = PyTorch: a zip for a Dataset of a few lines
format-fastai = fastai: a zip with labels.csv
format-imagenet = ImageNet lists: a zip with paths and class indices
format-yolo = YOLO classification: a zip of train, val and test
format-coco = COCO: a zip with labels of whole pictures
format-labelstudio = Label Studio: tasks as JSON
format-croissant = Croissant: a zip with a table and its JSON-LD
export-split = Split
export-split-none = none
export-split-of = { $train } % train, { $rest } % val, { $rest } % test
export-seed = Seed of the split
export-split-about = The same seed draws the same split again. Copies of a sample stay in one part, and the audit set is a part of its own, “audit”.
export-manifest = Manifest
export-votes = every annotation, not only the current label
export-predictions = the committee's probabilities
export-start = Export
export-list = Exports, newest first
export-table = Exports
export-none = Nothing has been exported yet.
export-format-column = format
export-when = when
export-labels = labels
export-size = size
export-sha256 = SHA-256
export-file = File
export-download = Download
export-name = Name
export-name-none = by its number
export-group-by = Keep together in the split
export-group-by-copies = copies of a sample
export-beside = Beside the labels
export-skipped = skipped samples, with reason and note
export-flags = flags
export-metadata = metadata
export-only = Only some labels
export-only-classes = Classes; none chosen: all
export-audit = Audit set
export-audit-with = with the other samples
export-audit-only = nothing else
export-audit-without = left out
export-since = From this day on
export-until = Up to this day
export-agreement = Agreement
export-any = any
export-agreement-half = at least half agree
export-agreement-most = at least three of four agree
export-agreement-all = all agree
export-people = Answered by at least
export-round = Asked for by round
export-trained-in = Labels
export-present = as they are now
export-as-trained = those that round { $round } was trained on
export-where = Metadata
export-excluded = left out
export-card = Data card
export-progress = Progress of { $name }
export-differences = Differences
export-differences-about = From “{ $from }” to “{ $to }”: { $same } labels are the same.
export-differences-json = As JSON
export-differences-classes = Classes
export-differences-no-classes = The classes are the same.
export-class-added = New: { $name }
export-class-removed = Gone: { $name }
export-class-renamed = { $from } is now called { $to }
export-moves = Changed labels by class
export-from = from
export-to = to
export-none-of-them = none of the classes
export-added =
    { $n ->
        [one] 1 label added
       *[other] { $n } labels added
    }
export-removed =
    { $n ->
        [one] 1 label removed
       *[other] { $n } labels removed
    }
export-relabeled =
    { $n ->
        [one] 1 label changed
       *[other] { $n } labels changed
    }
export-sample = Sample { $id }

model-title = Model
model-about = Encoder and committee in one ONNX file that runs anywhere: samples in, class probabilities out. It is checked against the committee before it is offered.
model-rolled-back = Round { $round } is in use in place of the newest, see
model-see-rounds = rounds
model-none = The model can be made once a round has trained on two classes.
model-round = Round
model-round-marks = { $round }: { $marks }
model-in-use = in use
model-best = best on the audit set
model-pinned = pinned
model-input = Input
model-input-uint8 = Pixels: resize and crop, the rest is inside
model-input-float = Floats, scaled and ordered by the caller
model-weights = Weights
model-weights-f32 = As they are, 32 bits each
model-weights-int8 = int8: about a third of the size, its cost measured
model-make = Build model
model-percent = { $message }: { $percent } %
model-of-round = Round { $round }
model-form = { $form }; { $size }, operator set { $opset }
model-download-of = Download the model of round { $round }, { $form }
model-form-float-f32 = takes prepared floats, 32-bit weights
model-form-float-int8 = takes prepared floats, int8 weights
model-form-uint8-f32 = takes pixels, 32-bit weights
model-form-uint8-int8 = takes pixels, int8 weights
model-checked =
    Checked against the committee on { $n } samples: { $measure ->
        [exact-match] same set
       *[accuracy] same class
    } on { $same }, largest difference { $difference }.
model-cost-unknown = No audit sample has a label yet, so nothing is known about what int8 costs.
model-cost = On { $n } audit-labeled samples: { $share } right, the full model { $full }.
model-agrees =
    { $measure ->
        [exact-match] Same set
       *[accuracy] Same class
    } on { $share }. Only the full model is right on { $full }, only this one on { $this } (exact McNemar test: p = { $p }).
