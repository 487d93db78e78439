samples-show = Anzeigen
samples-all = alle
samples-labeled = gelabelt
samples-unlabeled = ungelabelt
samples-skipped = übersprungen
samples-doubtful = zweifelhafte Labels
samples-flags = Fragen
samples-flags-open = Fragen ({ $n } offen)
samples-part = Teil des Dateinamens
samples-metadata = Angaben aus dem Import
samples-metadata-example = ort=nord
samples-annotator = Beantwortet von
samples-anybody = allen
samples-order = Zuerst
samples-order-import = wie eingelesen
samples-order-doubt = die zweifelhaftesten
samples-sure = { $percent } % sicher
samples-find = Suchen
samples-none = Kein Bild passt dazu. Wählen Sie einen anderen Filter oder lesen Sie Bilder ein.
samples-picture = { $name }: { $answer }
samples-audit = blind
samples-similar = ähnliche
samples-similar-to = ähnliche wie { $name }
samples-example = Beispiel
samples-example-shown = Beispiel ✓
samples-example-of = { $name }: Beispiel für { $class } neben der Anleitung
samples-more = Weitere

reason-unsure = unsicher
reason-bad-data = schlechtes Bild
reason-not-in-list = nicht in der Liste
reason-other = anderes

flags-title = Fragen
flags-waiting =
    { $n ->
        [0] Keine Frage wartet auf eine Antwort.
        [one] Eine Frage wartet auf eine Antwort.
       *[other] { $n } Fragen warten auf eine Antwort.
    }
flags-about = Wer gefragt hat, sieht die Antwort beim Labeln.
flags-all-samples = alle Bilder
flags-open = offene Fragen
flags-with-done = auch die erledigten
flags-none = Hier ist nichts. Wer labelt, stellt mit { $key } und einer Bemerkung eine Frage zu einem Bild.
flags-on = Frage zu { $name }
flags-done = erledigt
flags-answer = Antworten
flags-settle = Erledigt

doubts-title = Zweifelhafte Labels
doubts-none = Labels werden beurteilt, sobald zwei Klassen einige haben. Jedes wird an einem Modell gemessen, das es nicht gesehen hat.
doubts-about =
    { $n ->
        [one] Das eine Label wurde an einem Modell gemessen, das es nicht gesehen hat. Unter einem Bild stehen sein Label und darunter, was das Modell sagt. Auch das Modell kann irren: Sehen Sie sich die Bilder an.
       *[other] Jedes von { $n } Labels wurde an einem Modell gemessen, das es nicht gesehen hat. Unter einem Bild stehen sein Label und darunter, was das Modell sagt. Auch das Modell kann irren: Sehen Sie sich die Bilder an.
    }
doubts-sure = Das Modell ist einer anderen Klasse sicher
doubts-leans = Das Modell neigt zu einer anderen Klasse
doubts-picture = { $name }: gelabelt { $class }, das Modell sagt { $said }
doubts-no-other = Das Modell ist keiner anderen Klasse sicher.
