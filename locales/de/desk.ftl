desk-title = { $project } labeln
desk-sample = Beispiel
desk-loading = Das Beispiel ist unterwegs und wird von selbst noch einmal angefragt. Sie können es überspringen.
desk-empty = Gerade gibt es nichts zu labeln
desk-show = Ein Beispiel zeigen
desk-classes = Klassen
desk-skip = überspringen
desk-undo = zurücknehmen
desk-flag = fragen
desk-guide-key = Anleitung
desk-find = Klasse suchen
desk-store = Speichern
desk-none-of-these = Keine davon
desk-keys = Tasten
desk-similar = Ähnliche
desk-look = Das Bild betrachten
desk-zoom-out = Verkleinern
desk-zoom-in = Vergrößern
desk-zoom = Vergrößerung
desk-fit = Ganz
desk-adjust-title = Das Bild anpassen
desk-more = mehr
desk-less = weniger
desk-invert = Umkehren
desk-as-it-is = Wie es ist
desk-adjust-note = Nur in diesem Browser; das Bild selbst bleibt, wie es ist.
series-look = Die Zeitreihe betrachten
series-same-axes = Gleiche Achsen
series-same-axes-about = Dieselbe y-Achse für jede Zeitreihe, soweit schon welche gezeigt wurden
desk-side = Fortschritt und Anleitung
desk-progress = Fortschritt
desk-today = Von Ihnen heute
desk-goal = Antworten des Tages
desk-goal-met = Das war alles für heute. Danke!
desk-repeats = Manche Beispiele kommen nach einer Weile wieder. So zeigt sich, wie eindeutig sie sind.
desk-total = Ihre Gesamtzahl
desk-pace = Ihr Tempo
desk-labeled = Gelabelt
desk-skipped = Übersprungen
desk-past = Ihre letzten Antworten
desk-back = zurück
desk-forth = vor: eine Antwort ansehen oder ändern
desk-guide = Anleitung
desk-example = Musterbeispiel { $n } für { $class }

desk-why-random = Zufällig gezogen: noch gibt es keine Reihenfolge
desk-why-chosen = Auf der Karte gewählt; manche Fragen sind blinde Kontrollen
desk-why-coverage = Gewählt, um den Vorrat abzudecken: noch gibt es kein Modell
desk-why-auto = Gewählt, wo eine Antwort die wenigsten Zweifel im Vorrat lässt; manche Fragen sind blinde Kontrollen
desk-why-auto-round = Gewählt vom Komitee der Runde { $round }, wo eine Antwort die wenigsten Zweifel im Vorrat lässt; manche Fragen sind blinde Kontrollen
desk-why-ranked = Gereiht nach { $strategy }; manche Fragen sind blinde Kontrollen
desk-why-ranked-round = Gereiht nach { $strategy } vom Komitee der Runde { $round }; manche Fragen sind blinde Kontrollen

desk-empty-no-samples = Das Projekt hat noch keine Beispiele. Sie erscheinen hier, sobald die Verwaltung welche einliest.
desk-empty-done =
    { $n ->
        [one] Das eine Beispiel hat eine Antwort. Danke, die Reihe ist zu Ende. Später eingelesene Beispiele erscheinen hier.
       *[other] Alle { $n } Beispiele haben eine Antwort. Danke, die Reihe ist zu Ende. Später eingelesene Beispiele erscheinen hier.
    }
desk-empty-done-but =
    { $skipped ->
        [one] Alle { $n } Beispiele haben eine Antwort, 1 davon wurde übersprungen. Danke, die Reihe ist zu Ende. Später eingelesene Beispiele erscheinen hier.
       *[other] Alle { $n } Beispiele haben eine Antwort, { $skipped } davon wurden übersprungen. Danke, die Reihe ist zu Ende. Später eingelesene Beispiele erscheinen hier.
    }
desk-empty-all-skipped =
    { $n ->
        [one] Das eine Beispiel wurde übersprungen; es gibt kein Label zum Trainieren. Später eingelesene Beispiele erscheinen hier.
       *[other] Alle { $n } Beispiele wurden übersprungen; es gibt kein Label zum Trainieren. Später eingelesene Beispiele erscheinen hier.
    }
desk-empty-with-others =
    { $n ->
        [one] Das letzte Beispiel hat gerade jemand anderes. Es kommt hierher zurück, wenn es binnen einer halben Stunde niemand beantwortet.
       *[other] Die letzten { $n } Beispiele haben gerade andere. Sie kommen hierher zurück, wenn sie binnen einer halben Stunde niemand beantwortet.
    }

desk-no-round = Keine Runde kann laufen: Auf dem Server fehlt ONNX Runtime
desk-no-samples = Zuerst müssen Beispiele importiert werden
desk-encoding = Die erste Runde folgt, sobald die Beispiele kodiert sind
desk-encoding-failed = Keine Runde möglich: Die Beispiele ließen sich nicht kodieren; Leitende sehen den Grund in den Einstellungen
desk-round-failed = Die letzte Runde ist gescheitert; Leitende sehen den Grund bei den Runden, und die nächste Antwort fordert eine neue an
desk-first-answers = Mit den ersten Antworten beginnt das Training
desk-first-round = Die erste Runde folgt bald
desk-nothing-labeled = Noch kein Label: alle Antworten sind Übersprünge
desk-one-answer = Alle Labels sind bisher gleich; das Training braucht eine zweite Klasse
desk-finished-untrained = Die Reihe ist zu Ende; eine Runde braucht Labels zweier Klassen außerhalb der Prüfmenge
desk-last-answers =
    { $n ->
        [one] Mit der letzten Antwort wird binnen { $minutes } Minuten trainiert
       *[other] Mit den letzten { $n } Antworten wird binnen { $minutes } Minuten trainiert
    }
desk-finished = Die Reihe ist zu Ende, und mit jeder Antwort wurde trainiert
desk-round-due = Eine Runde ist fällig und trainiert von selbst
desk-next-round =
    { $n ->
        [one] Mit der nächsten Antwort beginnt eine Runde
       *[other] Nächste Runde in { $n } Antworten
    }

first-key = Eine Taste genügt als Antwort.
first-tap = Antippen genügt als Antwort.
first-back = Z nimmt zurück, S überspringt.
first-swipe = Nach rechts wischen: zurück; nach links: überspringen.
first-saved = Alles wird sofort gespeichert.
first-seen = Verstanden

skip-title = Dieses Beispiel überspringen. Warum?
skip-unsure = Ich bin nicht sicher
skip-bad-data = Das Beispiel ist unbrauchbar
skip-not-in-list = Seine Klasse steht nicht in der Liste
skip-other = Etwas anderes
skip-what = Was ist es?
skip-with-note = Mit dieser Notiz überspringen
skip-not = Nicht überspringen

flag-title = Die Leitung zu diesem Beispiel fragen
flag-what = Was soll die Leitung wissen?
flag-about = Das Beispiel bleibt vor Ihnen: beantworten oder überspringen Sie es auch. Die Antwort der Leitung erscheint hier.

search-title = Eine Klasse suchen
search-part = Ein Teil ihres Namens
search-none = Keine Klasse hat das in ihrem Namen.
search-choose = wählen
search-answers = antwortet
search-turns = wählt sie oder nimmt sie zurück
search-closes = schließt

keys-title = Ihre Tasten
keys-about = Eine Klasse wählen, dann ihre Taste drücken. Die Tasten gehören zu Ihrem Konto, für dieses Projekt.
keys-defaults = Wie am Anfang
text-sample = Text, der zu beantworten ist
text-look = Wie der Text gezeigt wird
text-smaller = Kleinere Schrift
text-larger = Größere Schrift
text-size = Größe der Schrift
text-serif = Serifen
text-wide = Breit
text-marks = Wörter des Modells
text-letter = A
table-sample = Zeile, die zu beantworten ist
table-look = Wie die Zeile gezeigt wird
table-marks = Spalten des Modells
