# Was helfen würde: Wege zu lernen mit ihrem gemessenen Gewinn.

help-nav = Was helfen würde
help-title = Was würde hier helfen?
help-question = Was würde hier helfen?
help-question-about = Querist kann an den Labels dieses Projekts messen, wie viel ein anderer Encoder, ein Mittel gegen wenige Labels oder weitere Labels bei { measure } bringen würden. Nichts ändert sich, bevor Sie es einschalten.
help-start = Messen
help-start-about = Es dauert einige Minuten im Hintergrund; das Labeln geht unterdessen weiter.
help-measuring = Messung läuft
help-measuring-about = Das Labeln geht unterdessen weiter.
help-waiting = Wartet auf den Beginn.
help-failed = Die letzte Messung ist fehlgeschlagen: { $reason }
help-not-encoded = Noch ist nichts kodiert; warten Sie, bis die Kodierung fertig ist.
help-one-class = Zum Messen braucht es Labels von mindestens zwei Klassen; labeln Sie zuerst noch einige Beispiele.
help-few-labels = Zum Messen braucht es { $least } Labels außerhalb der Prüfmenge, da sind { $n }; labeln Sie zuerst noch einige Beispiele.

help-adopt = Schalten Sie „{ $name }“ ein. Das sollte etwa { $points } Punkte bringen.
help-adopt-encoder = Wechseln Sie zum Encoder { $name }. Das sollte etwa { $points } Punkte bringen.
help-drop = Schalten Sie „{ $name }“ aus. Es kostet etwa { $points } Punkte.
help-label-on = Labeln Sie weiter: { $n } weitere Labels sollten etwa { $points } Punkte bringen, mehr als alles andere, was sicher ist.
help-perhaps = { $name } bringt vielleicht mehr ({ $points }), aber das lässt sich mit den Labels noch nicht sagen.
help-nothing = Nichts von dem, was gemessen wurde, macht einen sicheren Unterschied.
help-explained = { measure-title } ist { $share } in der Kreuzvalidierung auf { $labels } Labels. { $helps ->
        [0] Nichts hilft sicher
        [one] 1 Weg hilft
       *[other] { $helps } Wege helfen
    }, { $hurts ->
        [0] keiner schadet
        [one] 1 schadet
       *[other] { $hurts } schaden
    }{ $open ->
        [0] .
        [one] ; bei 1 reichen die Labels nicht für ein Urteil.
       *[other] ; bei { $open } reichen die Labels nicht für ein Urteil.
    }

help-table = An Ihren Labels gemessen
help-cure = Weg
help-gain = Gewinn, Punkte
help-zero = 0
help-cost = Kosten
help-use = Nutzen
help-helps = Hilft
help-open = Nicht zu sagen
help-hurts = Schadet
help-gain-aloud = { $gain } Punkte; Makro-F1 { $f1 }
help-further = { $n } weitere Labels
help-further-about = aus der Lernkurve geschätzt
help-encoder-about = ein anderer Encoder
help-cost-none = keine
help-cost-seconds = { $n } s mehr je Runde
help-cost-labels = etwa { $n } min Labeln
help-cost-answers = { $n } Antworten
help-cost-encoder = { $ms } ms je Beispiel, einmal { $minutes } min
help-cost-encoder-soon = { $ms } ms je Beispiel, einmal eine Minute
help-open-desk = Labeln
help-open-copies = Kopien
help-change-encoder = Wechseln
help-is-measured = gemessen
help-is-forecast = geschätzt
help-lines = Die Linien sind 95-%-Intervalle.
help-apply = Ab der nächsten Runde anwenden
help-again = Noch einmal messen
help-when = Gemessen { $age }, in { $seconds } s.

help-together = { $names } zusammen
help-together-helps = Die besten zwei, zusammen gemessen; jetzt sind es { $share }. Zwei Mittel beheben oft dieselben Fehler, darum addieren sich Gewinne nicht.
help-together-open = Die besten zwei, zusammen gemessen; jetzt sind es { $share }, und ob beide besser sind, lässt sich mit den Labels nicht sagen.
help-together-hurts = Zusammen gemessen sind die besten zwei schlechter als die { $share } von jetzt. Schalten Sie eines davon ein.

help-what = Was gemessen wurde
help-measured = { measure-title } in { $folds }-facher Kreuzvalidierung auf { $labels } Labels, { $repeats }-mal wiederholt. Jeder Weg bekam dieselben Teile, so ist jeder Gewinn eine gepaarte Differenz. Kopien liegen im selben Teil.
help-how-far = Wie weit man dem trauen kann
help-order = Der Reihenfolge mehr als der Größe: Labels wurden gewählt, weil sie schwer sind, und im ganzen Vorrat sind die Gewinne kleiner.
help-trust = Die { $n } Beispiele der Prüfmenge zeigen { $gain } Punkte für { $name }.
help-trust-no-audit = Für eine Bestätigung hat die Prüfmenge zu wenige Labels.
help-audit-only = Die Prüfmenge bestätigt nur; sie wählt nie aus.
help-at-once = Viele auf einmal
help-many = Unter { $n } Gewinnen kann einer durch Zufall gut aussehen, darum sind die Intervalle des Gemessenen so weit, dass alle zugleich gelten.

# Wie jedes Mittel heißt, und was es tut.
cure-larger-committee = Größeres Komitee
cure-about-larger-committee = doppelt so viele Mitglieder
cure-without-doubtful = Ohne zweifelhafte Labels
cure-about-without-doubtful = wahrscheinlich falsche Labels lehren nicht
cure-pseudo-labels = Pseudo-Labels
cure-about-pseudo-labels = sicherste Vermutungen aller Mitglieder gelten als Labels
cure-label-spreading = Label-Ausbreitung
cure-about-label-spreading = Labels erreichen ungelabelte Nachbarn
cure-class-weights = Klassengewichte
cure-about-class-weights = seltene Klassen zählen mehr
cure-balanced-softmax = Prior-Korrektur
cure-about-balanced-softmax = Vorhersagen, als wären alle Klassen gleich häufig
cure-smote = SMOTE
cure-about-smote = Mischungen von Nachbarn füllen seltene Klassen auf
cure-borderline-smote = Borderline-SMOTE
cure-about-borderline-smote = dasselbe, wo Klassen aneinanderstoßen
cure-mixup = Mixup
cure-about-mixup = Mischungen zweier Beispiele mit beiden Labels
cure-label-smoothing = Label-Glättung
cure-about-label-smoothing = kein Label gilt als ganz sicher
cure-feature-dropout = Merkmalsausfall
cure-about-feature-dropout = Kopien, denen ein Teil der Merkmale fehlt
cure-copies = Veränderte Kopien
cure-about-copies = gespiegelte, beschnittene oder umgefärbte Kopien lehren mit
