# Welche Klassen für welche gehalten werden.

confusion-title = Labels gegen Vorhersagen
confusion-worst = { $label } wird am häufigsten für { $guess } gehalten: { $n }-mal.
confusion-none = Noch nichts zu vergleichen.
confusion-clean = Jede Vorhersage stimmt mit ihrem Label überein.
confusion-empty = Die Matrix beginnt mit der ersten Runde, zu der es Antworten der Prüfmenge gibt.
confusion-sets = Eine Matrix braucht Beispiele mit je einer Klasse. Genauigkeit und Trefferquote jeder Klasse stehen auf der Einblick-Seite.
confusion-about-audit = Nur Beispiele der Prüfmenge, vorhergesagt von der neuesten Runde: was sie an Beispielen wie denen des Pools leistet.
confusion-about-all = Alle Labels, vorhergesagt von Modellen, die das jeweilige nicht kannten. Gefragte Beispiele sind schwerer als der Pool, dies misst also keine Genauigkeit.
confusion-of = Gezählte Labels
confusion-audit = In der Prüfmenge
confusion-all = Bei allen Labels
confusion-corner = Label ↓ Vorhersage →
confusion-n = n
confusion-how = Eine Zeile ist, was Menschen sagten, eine Spalte, was das Modell sagte; dunkler ist ein größerer Anteil der Zeile. Eine Zahl öffnet ihre Beispiele.
confusion-list = Am häufigsten verwechselt
confusion-cell = { $n } von { $label } für { $guess } gehalten
confusion-chosen =
    { $n ->
        [one] 1 Beispiel mit Label { $label }, Vorhersage { $guess }
       *[other] { $n } Beispiele mit Label { $label }, Vorhersage { $guess }
    }
confusion-open = Welche Klassen verwechselt werden
confusion-nav = Verwechslungen
confusion-weighed = Gewichtet danach, wie wahrscheinlich jedes Beispiel gefragt wurde (LURE), liegt das Modell in { $share } des Pools richtig. Alle Antworten zusammen sind so viel wert wie { $n } zufällig gezogene.
