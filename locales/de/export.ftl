export-about =
    { $n ->
        [one] 1 gelabeltes Beispiel. Ein Export ändert sich nie mehr; sein Manifest gibt über jedes Beispiel Rechenschaft.
       *[other] { $n } gelabelte Beispiele. Ein Export ändert sich nie mehr; sein Manifest gibt über jedes Beispiel Rechenschaft.
    }
export-dataset = Gelabelter Datensatz
export-format = Format
format-csv = CSV: eine Zeile je Beispiel
format-jsonl = JSONL: ein Objekt je Zeile
format-imagefolder = Zip: ein Ordner je Klasse, mit den Bildern
format-tsv = TSV: dasselbe mit Tabulatoren
format-parquet = Parquet: eine Zeile je Beispiel, Spalten mit Typen
format-huggingface = Hugging Face: ein Zip für load_dataset
format-pytorch = PyTorch: ein Zip für ein Dataset aus wenigen Zeilen
format-fastai = fastai: ein Zip mit labels.csv
format-imagenet = ImageNet-Listen: ein Zip mit Pfaden und Klassennummern
format-yolo = YOLO-Klassifikation: ein Zip aus train, val und test
format-coco = COCO: ein Zip mit Labels ganzer Bilder
format-labelstudio = Label Studio: Aufgaben als JSON
format-croissant = Croissant: ein Zip mit Tabelle und JSON-LD
export-split = Aufteilung
export-split-none = keine
export-split-of = { $train } % Training, { $rest } % Validierung, { $rest } % Test
export-seed = Startwert der Aufteilung
export-split-about = Derselbe Startwert ergibt dieselbe Aufteilung. Kopien eines Beispiels bleiben in einem Teil, und die Prüfmenge ist ein eigener Teil, „audit“.
export-manifest = Manifest
export-votes = alle Antworten, nicht nur das gültige Label
export-predictions = die Wahrscheinlichkeiten des Komitees
export-start = Exportieren
export-list = Exporte, die neuesten zuerst
export-table = Exporte
export-none = Noch wurde nichts exportiert.
export-format-column = Format
export-when = wann
export-labels = Labels
export-size = Größe
export-sha256 = SHA-256
export-file = Datei
export-download = Herunterladen
export-name = Name
export-name-none = nach seiner Nummer
export-group-by = Zusammenhalten bei der Aufteilung
export-group-by-copies = Kopien eines Beispiels
export-beside = Neben den Labels
export-skipped = übersprungene Beispiele, mit Grund und Notiz
export-flags = Meldungen
export-metadata = Metadaten
export-only = Nur manche Labels
export-only-classes = Klassen; keine gewählt: alle
export-audit = Prüfmenge
export-audit-with = mit den anderen Beispielen
export-audit-only = nichts anderes
export-audit-without = weggelassen
export-since = Ab diesem Tag
export-until = Bis zu diesem Tag
export-agreement = Übereinstimmung
export-any = beliebig
export-agreement-half = mindestens die Hälfte stimmt überein
export-agreement-most = mindestens drei von vier stimmen überein
export-agreement-all = alle stimmen überein
export-people = Beantwortet von mindestens
export-round = Gefragt von Runde
export-trained-in = Labels
export-present = wie sie jetzt sind
export-as-trained = die, auf denen Runde { $round } trainiert wurde
export-where = Metadaten
export-excluded = weggelassen
export-card = Datenblatt
export-progress = Fortschritt von { $name }
export-differences = Unterschiede
export-differences-about = Von „{ $from }“ zu „{ $to }“: { $same } Labels sind gleich.
export-differences-json = Als JSON
export-differences-classes = Klassen
export-differences-no-classes = Die Klassen sind dieselben.
export-class-added = Neu: { $name }
export-class-removed = Weggefallen: { $name }
export-class-renamed = { $from } heißt jetzt { $to }
export-moves = Geänderte Labels nach Klasse
export-from = von
export-to = zu
export-none-of-them = keine der Klassen
export-added =
    { $n ->
        [one] 1 Label hinzugekommen
       *[other] { $n } Labels hinzugekommen
    }
export-removed =
    { $n ->
        [one] 1 Label weggefallen
       *[other] { $n } Labels weggefallen
    }
export-relabeled =
    { $n ->
        [one] 1 Label geändert
       *[other] { $n } Labels geändert
    }
export-sample = Beispiel { $id }

model-title = Modell
model-about = Encoder und Komitee in einer ONNX-Datei, die überall läuft: Beispiele hinein, Klassenwahrscheinlichkeiten heraus. Es wird am Komitee geprüft, bevor es angeboten wird.
model-rolled-back = Runde { $round } ist anstelle der neuesten in Gebrauch, siehe
model-see-rounds = Runden
model-none = Das Modell kann erstellt werden, sobald eine Runde mit zwei Klassen trainiert hat.
model-round = Runde
model-round-marks = { $round }: { $marks }
model-in-use = in Gebrauch
model-best = beste in der Prüfmenge
model-pinned = angeheftet
model-input = Eingabe
model-input-uint8 = Pixel: verkleinern und zuschneiden, der Rest ist eingebaut
model-input-float = Fließkommazahlen, vom Aufrufer skaliert und geordnet
model-weights = Gewichte
model-weights-f32 = Wie sie sind, je 32 Bit
model-weights-int8 = int8: etwa ein Drittel der Größe, der Verlust ist gemessen
model-make = Modell erstellen
model-percent = { $message }: { $percent } %
model-of-round = Runde { $round }
model-form = { $form }; { $size }, Operatorsatz { $opset }
model-download-of = Modell der Runde { $round } herunterladen, { $form }
model-form-float-f32 = nimmt vorbereitete Fließkommazahlen, 32-Bit-Gewichte
model-form-float-int8 = nimmt vorbereitete Fließkommazahlen, int8-Gewichte
model-form-uint8-f32 = nimmt Pixel, 32-Bit-Gewichte
model-form-uint8-int8 = nimmt Pixel, int8-Gewichte
model-checked =
    Am Komitee geprüft mit { $n } Beispielen: { $measure ->
        [exact-match] dieselbe Menge
       *[accuracy] dieselbe Klasse
    } bei { $same }, größter Unterschied { $difference }.
model-cost-unknown = Noch hat kein Beispiel der Prüfmenge ein Label; darum ist nicht bekannt, was int8 kostet.
model-cost = Bei { $n } gelabelten Beispielen der Prüfmenge: { $share } richtig, das volle Modell { $full }.
model-agrees =
    { $measure ->
        [exact-match] Dieselbe Menge
       *[accuracy] Dieselbe Klasse
    } bei { $share }. Nur das volle Modell liegt bei { $full } richtig, nur dieses bei { $this } (exakter McNemar-Test: p = { $p }).
