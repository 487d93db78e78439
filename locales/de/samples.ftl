samples-show = Anzeigen
samples-all = alle
samples-labeled = gelabelt
samples-unlabeled = ungelabelt
samples-skipped = übersprungen
samples-doubtful = zweifelhafte Labels
samples-flags = Fragen
samples-flags-open = Fragen ({ $n } offen)
samples-part = Dateiname enthält
samples-text = Wörter im Text
samples-text-example = Erstattung "späte Lieferung"
samples-metadata = Metadaten
samples-metadata-example = ort=nord
samples-annotator = Beantwortet von
samples-anybody = allen
samples-order = Sortieren nach
samples-order-import = Reihenfolge des Imports
samples-order-doubt = die zweifelhaftesten
samples-sure = { $percent } % sicher
samples-find = Suchen
samples-none = Kein Beispiel passt dazu. Wählen Sie einen anderen Filter oder lesen Sie Beispiele ein.
samples-picture = { $name }: { $answer }
samples-audit = blind
samples-example = Musterbeispiel
samples-count =
    { $n ->
        [one] 1 Beispiel
       *[other] { $n } Beispiele
    }
samples-more = Weitere

reason-unsure = unsicher
reason-bad-data = unbrauchbares Beispiel
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
flags-all-samples = alle Beispiele
flags-open = offene Fragen
flags-with-done = auch die erledigten
flags-none = Hier ist nichts. Wer labelt, stellt mit { $key } und einer Bemerkung eine Frage zu einem Beispiel.
flags-on = Frage zu { $name }
flags-done = erledigt
flags-answer = Antworten
flags-settle = Erledigt

doubts-title = Zweifelhafte Labels
doubts-none = Labels werden beurteilt, sobald zwei Klassen einige haben. Jedes wird an einem Modell gemessen, das es nicht gesehen hat.
doubts-picture = { $name }: gelabelt { $class }, das Modell sagt { $said }
doubts-about =
    { $n ->
        [one] 1 Label wurde an einem Modell geprüft, das es nicht kennt. Auch das Modell kann irren: Sehen Sie sich die Beispiele an.
       *[other] { $n } Labels wurden geprüft, jedes an einem Modell, das es nicht kennt. Auch das Modell kann irren: Sehen Sie sich die Beispiele an.
    }
doubts-settled =
    { $n ->
        [0] Noch keines ist durchgesehen.
        [one] 1 Beispiel ist durchgesehen.
       *[other] { $n } Beispiele sind durchgesehen.
    }
doubts-changed =
    { $n ->
        [0] Keines ihrer Labels war falsch.
        [one] 1 ihrer Labels war falsch und ist geändert.
       *[other] { $n } ihrer Labels waren falsch und sind geändert.
    }
doubts-strong = Das Modell widerspricht deutlich
doubts-slight = Das Modell widerspricht leicht
doubts-more = { $n } weitere
doubts-more-about = Die zweifelhaftesten stehen vorn; weiter hinten sind die meisten Labels richtig.
doubts-no-other = Das Modell stimmt mit allen Labels überein, die nicht durchgesehen sind.

review-all = Alle auswählen
review-choose = { $name } auswählen
review-keep = Label behalten
review-suggested = Vorschlag übernehmen
review-label = Labeln
review-class = Klasse …
review-changed =
    { $n ->
        [one] 1 Beispiel wurde inzwischen beantwortet und blieb, wie es ist
       *[other] { $n } Beispiele wurden inzwischen beantwortet und blieben, wie sie sind
    }
review-changed-hint = Die anderen sind erledigt. Öffnen Sie die Seite neu, um zu sehen, was dort jetzt steht.

sample-list-doubts = zweifelhafte Labels
sample-list-samples = Beispiele
sample-place = { $at } von { $all }
sample-place-left =
    { $all ->
        [one] noch 1:
       *[other] noch { $all }:
    }
sample-previous = Voriges Beispiel
sample-next = Nächstes Beispiel
sample-unanswered = Noch keine Antwort.
sample-skipped = { $said }.
sample-labeled = Gelabelt als { $said }.
sample-differs = Gelabelt als { $said }. Das Modell sagt { $class }.
sample-keep = { $said } behalten
sample-ask-again = Erneut fragen
sample-set-aside = Aussortieren
sample-settled = durchgesehen
sample-change-to = Oder ändern zu
sample-answer-with = Antworten mit
sample-imported = importiert { $age }
sample-file = Originaldatei
sample-grid = Ähnliche ohne Label
sample-about = Über dieses Beispiel
sample-label = Label
sample-none = Keines. Das Beispiel wartet im Vorrat.
sample-example = Musterbeispiel neben der Anleitung
sample-answers = Antworten
sample-no-answers = Noch hat niemand geantwortet.
sample-undone = zurückgenommen
sample-by-import = importiert
sample-by-review = bei der Durchsicht
sample-by-grid = viele auf einmal
sample-by-copy = als Kopie
sample-asked-by = gefragt von Runde { $round }
sample-model = Sicht des Modells
sample-model-none = Erscheint, sobald das Beispiel ein Label hat, das das Modell beurteilen kann. So bleiben Antworten unabhängig vom Modell.
sample-model-about = Wahrscheinlichkeiten eines Modells, das dieses Label nicht gelernt hat.
sample-near = Ähnlichste gelabelte Beispiele
sample-near-about = Die Zahl ist die Kosinus-Ähnlichkeit der Embeddings.
sample-metadata = Metadaten
sample-words =
    { $n ->
        [one] 1 Wort
       *[other] { $n } Wörter
    }
sample-steps =
    { $n ->
        [one] 1 Schritt
       *[other] { $n } Schritte
    }
sample-channels =
    { $n ->
        [one] 1 Kanal
       *[other] { $n } Kanäle
    }
