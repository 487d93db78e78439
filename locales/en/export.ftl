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
export-split = Split
export-split-none = none
export-split-of = { $train } % train, { $rest } % val, { $rest } % test
export-seed = Seed of the split
export-split-about = The same seed draws the same split again. Copies of a picture stay in one part, and the audit set is a part of its own, “audit”.
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

model-title = Model
model-about = Encoder and committee in one ONNX file that runs anywhere: pictures in, class probabilities out. It is checked against the committee before it is offered.
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
