# Die Karte des Vorrats.

between-sentences = { " " }
map-nav = Karte
map-title = Karte des Vorrats
map-headline =
    { $n ->
        [one] 1 Bild auf der Karte
       *[other] { $n } Bilder auf der Karte
    }
map-headline-doubt = Die meisten zweifelhaften Bilder werden für { $classes } gehalten
map-none = Noch ist nichts kodiert. Die Karte erscheint, sobald der Encoder Bilder gesehen hat.
map-colour-by = Farbe nach
map-by-label = Label
map-by-prediction = Vorhersage
map-by-doubt = Zweifel
map-by-state = Ungelabelt
map-by-more = Mehr …
map-by-import = Import
map-by-round = Fragende Runde
map-only = Zeigen
map-only-all = alle Bilder
map-shown = { $n } von { $all } gezeigt, ohne die Bilder der Prüfmenge
map-no-script = Die Karte braucht Skripte. Die Tabelle unten sagt dasselbe in Zahlen.
map-image =
    { $n ->
        [one] 1 Bild als Punkt. Die Tabelle unten nennt die Zahlen.
       *[other] { $n } Bilder als Punkte. Die Tabelle unten nennt die Zahlen.
    }
map-tools = Werkzeuge der Karte
map-lasso = Lasso: Bilder umranden
map-pan = Karte verschieben
map-in = Vergrößern
map-out = Verkleinern
map-all = Ganze Karte zeigen
map-view = Auswählen, was zu sehen ist
map-read-neighbours = Nahe Bilder sehen für den Encoder ähnlich aus. Wie weit Gruppen auseinanderliegen, sagt wenig.
map-read-directions = Die Bilder liegen nach den zwei Richtungen, in denen sich der Vorrat am meisten unterscheidet. Eine Karte, die Nachbarn beisammen hält, wird im Hintergrund angeordnet.
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
map-select-hint = Umranden Sie Bilder mit dem Lasso, oder vergrößern Sie und wählen Sie aus, was zu sehen ist.
map-selected =
    { $n ->
        [0] Nichts ausgewählt
        [one] 1 ausgewählt
       *[other] { $n } ausgewählt
    }
map-selected-about = { $unlabeled } ungelabelt, { $labeled } gelabelt.
map-selected-skipped = { $n } übersprungen.
map-selected-doubt = Darunter sind { $here } der { $all } zweifelhaftesten Bilder.
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
        [one] 1 Bild wird als Nächstes gefragt.
       *[other] { $n } Bilder werden als Nächste gefragt.
    }
map-asked-copies =
    { $n ->
        [one] 1 Beinahe-Kopie wird nicht gefragt.
       *[other] { $n } Beinahe-Kopien werden nicht gefragt.
    }
map-asked-left = { $n } weitere waren zu viele auf einmal; fragen Sie später nach ihnen.
map-tag-title = Ausgewählte Bilder markieren
map-tag-column = Spalte
map-tag-value = Wert
map-tag-do = Markieren
map-tag-not = Abbrechen
map-tagged =
    { $n ->
        [one] 1 Bild hat jetzt { $column } = { $value }.
       *[other] { $n } Bilder haben jetzt { $column } = { $value }.
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
