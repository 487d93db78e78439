rounds-rule = Eine Runde läuft nach jeder Antwort bis 50 Antworten, dann je 2 %; { $minutes } Minuten nach der letzten, wenn es etwas Neues gibt; bei einer neuen Klasse, bei einer Korrektur und auf Knopfdruck.
rounds-rule-count = Eine Runde läuft nach { $n } Antworten; { $minutes } Minuten nach der letzten, wenn es etwas Neues gibt; bei einer neuen Klasse, bei einer Korrektur und auf Knopfdruck.
rounds-last-failed = Die neueste Runde ist gescheitert:
rounds-train = Jetzt trainieren
rounds-shelf = Ausgewählte Runden
rounds-in-use = in Gebrauch
rounds-best = beste
rounds-pinned = angeheftet
rounds-marks = Kennzeichen
rounds-actions = Aktionen
rounds-use = Verwenden
rounds-use-round = Runde { $round } verwenden
rounds-pin = Anheften
rounds-pin-round = Runde { $round } anheften
rounds-unpin = Lösen
rounds-unpin-round = Runde { $round } lösen
rounds-model = Modell
rounds-model-of = Modell der Runde { $round }
rounds-rolled-back = Runde { $round } ist anstelle der neuesten in Gebrauch
rounds-rolled-back-about = für Exporte, Vorhersagen und { $file }, bis die nächste Runde fertig ist. Die Labels sind, wie sie waren, und auch die Reihenfolge der Fragen: Die nächste Runde trainiert mit allen Labels und reiht neu.
rounds-lift = Wieder die neueste verwenden
rounds-round = Runde
rounds-when = wann
rounds-labels = Labels
rounds-strategy = Strategie
rounds-encoder = Encoder
rounds-cause = Anlass
rounds-took = Dauer
rounds-on = { $parts } (anpassen, bewerten, reihen) auf { $provider }, { $n } Beispiele gereiht
rounds-not-kept = Komitee nicht aufbewahrt
rounds-shelf-about =
    { $n ->
        [one] Jede Runde wird an dem einen Label der Prüfmenge gemessen, das es jetzt gibt, mit 95-%-Intervallen. Die beste ist die, deren Intervall unten am höchsten endet, ab 20 Labels der Prüfmenge; als beste von vielen sieht sie etwas besser aus, als sie ist.
       *[other] Jede Runde wird an den { $n } Labels der Prüfmenge gemessen, die es jetzt gibt, mit 95-%-Intervallen. Die beste ist die, deren Intervall unten am höchsten endet, ab 20 Labels der Prüfmenge; als beste von vielen sieht sie etwas besser aus, als sie ist.
    }
rounds-use-about = geht zurück: Exporte, Vorhersagen und { $file } nehmen das Komitee dieser Runde, bis die nächste fertig ist. Kein Label ändert sich, und die Fragen werden nicht neu gereiht. Aufbewahrt werden die Komitees der neuesten 20 Runden, jeder fünfzigsten und der besten, angehefteten oder verwendeten.
rounds-trainings = Trainings, die neuesten zuerst
rounds-trainings-table = Trainings
rounds-none = Noch ist keine Runde gelaufen. Die erste folgt, sobald zwei Klassen ein Label haben; bis dahin werden Beispiele gewählt, die den Vorrat abdecken.
rounds-none-earlier = Es gibt keine früheren Runden.
rounds-earlier = Frühere Runden
rounds-decisions = Entscheidungen, die neuesten zuerst
rounds-decisions-table = Entscheidungen
rounds-decisions-about = Jede Prüfung der Trainingsregel und ihr Ergebnis.
rounds-no-decisions = Noch wurde keine Antwort gegeben.
rounds-looked = Auslöser
rounds-since = neue Antworten
rounds-due = Schwelle
rounds-decision = Entscheidung
rounds-fired = trainieren
rounds-waited = warten

compare-title = Runde { $first } und Runde { $second }
compare-round = Runde
compare-with = mit Runde
compare-on-audit = In der Prüfmenge vergleichen
compare-again = Vergleichen
compare-all = Alle Runden
compare-same =
    { $n ->
        [one] An demselben Beispiel der Prüfmenge
       *[other] An denselben { $n } Beispielen der Prüfmenge
    }
compare-table = Wer wie oft richtig liegt
compare-right = Runde { $round } richtig
compare-wrong = Runde { $round } falsch
compare-shares = Runde { $first } liegt bei { $share } richtig, Runde { $second } bei { $other }.
compare-test = Die Intervalle sind die von Wilson zu 95 %. Der Test ist der von McNemar, exakt und zweiseitig: Er betrachtet nur die Beispiele, bei denen allein eine der beiden richtig liegt. Gemessen wird an den Labels der Prüfmenge, die es jetzt gibt.
compare-only = Nur Runde { $round } liegt richtig
compare-neither = Beide liegen falsch, jede auf ihre Art
compare-picture = { $name }: gelabelt { $truth }, Runde { $first } sagt { $said }, Runde { $second } sagt { $other }
compare-same-answers = Sie sagen zu jedem Beispiel dasselbe.
compare-nothing = Noch hat kein Beispiel der Prüfmenge, das beide Runden vorhergesagt haben, ein Label; darum lässt sich nichts sagen.
compare-even = Keine liegt öfter richtig als die andere.
compare-p = p { $p }
compare-p-below = p unter { $p }
compare-better = Runde { $round } liegt öfter richtig, und der Zufall allein täte das selten ({ $p }).
compare-maybe = Runde { $round } liegt hier öfter richtig, aber das kann gut Zufall sein ({ $p }).
