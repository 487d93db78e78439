# Die Karte des Vorrats.

between-sentences = { " " }
map-nav = Karte
map-title = Karte des Vorrats
map-headline =
    { $n ->
        [one] 1 Beispiel auf der Karte
       *[other] { $n } Beispiele auf der Karte
    }
map-headline-doubt = Die meisten zweifelhaften Beispiele werden für { $classes } gehalten
map-none = Noch ist nichts kodiert. Die Karte erscheint, sobald der Encoder Beispiele gesehen hat.
map-colour-by = Farbe nach
map-by-label = Label
map-by-prediction = Vorhersage
map-by-doubt = Zweifel
map-by-state = Ungelabelt
map-by-more = Mehr …
map-by-import = Import
map-by-round = Fragende Runde
map-loading = Punkte werden geladen …
map-only = Zeigen
map-only-all = alle Beispiele
map-shown = { $n } von { $all } gezeigt, ohne die Beispiele der Prüfmenge
map-no-script = Die Karte braucht Skripte. Die Tabelle unten sagt dasselbe in Zahlen.
map-image =
    { $n ->
        [one] 1 Beispiel als Punkt. Die Tabelle unten nennt die Zahlen.
       *[other] { $n } Beispiele als Punkte. Die Tabelle unten nennt die Zahlen.
    }
map-tools = Werkzeuge der Karte
map-lasso = Lasso: Beispiele umranden
map-pan = Karte verschieben
map-in = Vergrößern
map-out = Verkleinern
map-all = Ganze Karte zeigen
map-view = Auswählen, was zu sehen ist
map-read-neighbours = Beispiele, die nahe beieinanderliegen, sehen für den Encoder ähnlich aus. Wie weit Gruppen auseinanderliegen, sagt wenig.
map-read-directions = Die Beispiele liegen nach den zwei Richtungen, in denen sich der Vorrat am meisten unterscheidet. Eine Karte, die Nachbarn beisammen hält, wird im Hintergrund angeordnet.
map-trust = Verlässlichkeit { $trust }; bei 1 ist alles ähnlich, was auf der Karte nahe liegt.
map-key-lasso = Lasso
map-key-pan = verschieben
map-key-zoom = Zoom
map-key-all = alles
map-key-view = Ausschnitt wählen
map-table = Die Karte in Zahlen
map-table-class = Klasse
map-table-labeled = Gelabelt
map-table-predicted = Vorhergesagt, ungelabelt
map-table-doubtful = Davon zweifelhaft
map-arrange = Karte anordnen
map-selection = Auswahl
map-select-hint = Umranden Sie Beispiele mit dem Lasso, oder vergrößern Sie und wählen Sie aus, was zu sehen ist.
map-selected =
    { $n ->
        [0] Nichts ausgewählt
        [one] 1 ausgewählt
       *[other] { $n } ausgewählt
    }
map-selected-about = { $unlabeled } ungelabelt, { $labeled } gelabelt.
map-selected-skipped = { $n } übersprungen.
map-selected-doubt = Darunter sind { $here } der { $all } zweifelhaftesten Beispiele.
map-more-samples = { $n } weitere
map-guesses =
    { $n ->
        [one] Wofür das Komitee das eine ungelabelte hält
       *[other] Wofür das Komitee die { $n } ungelabelten hält
    }
map-ask =
    { $n ->
        [one] Dieses als Nächstes fragen
       *[other] Diese { $n } als Nächste fragen
    }
map-ask-some = { $n } von diesen als Nächste fragen
map-many = Viele auf einmal beantworten
map-tag = Markieren …
map-clear = Aufheben
map-ask-about = Als Nächste gefragt, kommen sie vor der gereihten Warteschlange: die zweifelhaftesten zuerst, Beinahe-Kopien einmal, höchstens { $n } auf einmal.
map-asked =
    { $n ->
        [one] Nach 1 Beispiel wird als Nächstes gefragt.
       *[other] Nach { $n } Beispielen wird als Nächstes gefragt.
    }
map-asked-copies =
    { $n ->
        [one] 1 Beinahe-Kopie wird nicht gefragt.
       *[other] { $n } Beinahe-Kopien werden nicht gefragt.
    }
map-asked-left = { $n } weitere waren zu viele auf einmal; fragen Sie später nach ihnen.
map-tag-title = Ausgewählte Beispiele markieren
map-tag-column = Spalte
map-tag-value = Wert
map-tag-do = Markieren
map-tag-not = Abbrechen
map-tagged =
    { $n ->
        [one] 1 Beispiel hat jetzt { $column } = { $value }.
       *[other] { $n } Beispiele haben jetzt { $column } = { $value }.
    }
map-several = mehrere Klassen
map-other-classes = andere Klassen
map-doubt-high = am zweifelhaftesten
map-doubt-some = etwas zweifelhaft
map-doubt-little = kaum zweifelhaft
map-not-judged = noch nicht beurteilt
map-other-values = andere Werte
map-other-imports = andere Importe
map-no-value = kein Wert
map-round = Runde { $round }
map-rounds = Runden { $first } bis { $last }
map-no-round = von keiner Runde gefragt
