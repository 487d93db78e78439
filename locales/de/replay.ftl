replay-title = Replay
replay-question = Was hätte eine andere Strategie gebracht?
replay-question-about = Ein Replay labelt dieses Projekt von vorn, mit den Labels, die es hat: Jede Strategie fragt nach einigen davon, ein Komitee wird nur mit diesen trainiert, und seine { measure } wird gemessen.
replay-few-seeds =
    { $n ->
        [one] Ein Startwert reicht nicht für ein Urteil.
       *[other] { $n } Startwerte reichen nicht für ein Urteil.
    }
replay-saved = { $strategy } hätte Labels gespart: random brauchte { $times }-mal so viele.
replay-cost = { $strategy } hätte Labels gekostet: random brauchte { $times }-mal so viele.
replay-no-difference = Kein klarer Unterschied zwischen { $strategy } und random.
replay-replayed =
    { $n ->
        [one] 1 Strategie durchgespielt.
       *[other] { $n } Strategien durchgespielt.
    }
replay-measured =
    { $n ->
        [one] 1 Startwert mit { $budget } Labels aus { $pool } gelabelten Beispielen; die { measure } ist an { $test } anderen gemessen.
       *[other] { $n } Startwerte mit je { $budget } Labels aus { $pool } gelabelten Beispielen; die { measure } ist an { $test } anderen gemessen.
    }
replay-point = { $strategy }: { $share } mit { $labels } Labels
replay-not-reached = nicht erreicht
replay-on-audit = Gemessen an den { $n } gelabelten Beispielen der Prüfmenge, die keine Frage des Replays berührt.
replay-held-out = Die Prüfmenge hat weniger als { $least } Labels; darum wurden { $n } gelabelte Beispiele, gezogen mit dem Startwert des Projekts, zum Messen zurückgehalten. Die Prüfmenge wurde nicht benutzt.

replay-verdict = { $own }; { $random }.
replay-verdict-end = { $own }; { $random }. { $end }.
replay-reached = { $strategy } erreichte { $share } % der vollen { measure } mit { $labels } Labels
replay-missed = { $strategy } erreichte { $share } % der vollen { measure } nicht mit { $budget } Labels
replay-random-not-run = random lief nicht mit, darum fehlt der Vergleich
replay-random-needed = random brauchte { $labels }
replay-random-needed-times = random brauchte { $labels }: { $times }
replay-random-missed = random erreichte sie nicht mit { $budget }: mindestens { $times }-mal so viele
replay-random-neither = random auch nicht
replay-times = { $times }-mal so viele, 95-%-Intervall { $low } bis { $high }
replay-times-one-seed = { $times }-mal so viele, bei nur einem Startwert, darum ohne Intervall
replay-end-all = Für die { measure }, die random mit allen { $budget } Labels erreichte, brauchte { $strategy } { $labels }
replay-end-all-times = Für die { measure }, die random mit allen { $budget } Labels erreichte, brauchte { $strategy } { $labels }; random brauchte { $times }
replay-end-all-missed = Die { measure }, die random mit allen { $budget } Labels erreichte, war für { $strategy } nicht erreichbar
replay-end-some = Für die { measure }, die random mit { $random } seiner { $budget } Labels erreichte, brauchte { $strategy } { $labels }
replay-end-some-times = Für die { measure }, die random mit { $random } seiner { $budget } Labels erreichte, brauchte { $strategy } { $labels }; random brauchte { $times }
replay-end-some-missed = Die { measure }, die random mit { $random } seiner { $budget } Labels erreichte, war für { $strategy } nicht erreichbar

replay-accuracy = { measure } nach Labels
replay-chart = Mittlere { measure } über der Zahl der Labels, eine Linie je Strategie. { $headline }
replay-chart-x = Labels
replay-bands = Mittelwerte über die Startwerte, mit Bändern von zwei Standardfehlern.
replay-full = Mit allen Labels im Vorrat des Replays: { $share }.
replay-verdicts = Urteil
replay-verdicts-about = Volle { measure } ist die mit allen Labels im Vorrat des Replays. Über 1-mal spart die Strategie Labels.
replay-trust = Wie weit man dem trauen kann
replay-trust-pool = Der Vorrat eines Replays ist, was hier gelabelt wurde, und was gelabelt wurde, hat selbst eine Strategie gewählt. Darum fallen die Unterschiede zwischen Strategien kleiner oder größer aus, als sie im ganzen Vorrat gewesen wären. Die Intervalle gehen nur über die Startwerte: Andere Beispiele zum Messen würden die Zahlen ebenfalls verschieben.
replay-trust-audit = Keine Frage eines Replays berührt die Prüfmenge, und ein Replay ändert nichts am Projekt.
replay-under-way = Unterwegs
replay-waiting = Wartet auf den Beginn.
replay-runs =
    { $all ->
        [one] { $n } von 1 Lauf.
       *[other] { $n } von { $all } Läufen.
    }
replay-beginning = Beginnt.
replay-load-again = Laden Sie die Seite neu, um den Stand zu sehen.
replay-stop = Anhalten
replay-stop-about = Angehalten endet es nach den laufenden Läufen; es zählen die Startwerte, die jede Strategie beendet hat.
replay-failed = Das letzte Replay ist gescheitert: { $reason }
replay-new = Neues Replay
replay-first = Strategie
replay-second = Gegen
replay-third = Und (freiwillig)
replay-none = keine
replay-seeds = Startwerte
replay-batch = Labels je Runde
replay-start = Durchspielen
replay-start-about = Jede Strategie beginnt bei jedem Startwert mit denselben zufälligen Labels. Weniger als zehn Startwerte trennen Strategien selten. Das Labeln geht inzwischen weiter.
replay-numbers = Zahlen
replay-numbers-table = Zahlen nach Strategie
replay-strategy = Strategie
replay-area = mittlere { measure } über die Labels
replay-needed = Labels bis 95 % der vollen
replay-ratio = so oft wie random
replay-end = { measure } am Ende
replay-numbers-about = In Klammern 95-%-Intervalle über die Startwerte. Beendet { $age }. Für Programme:

replay-no-labels = Ein Replay braucht Labels von mindestens zwei Klassen, und dieses Projekt hat keine Labels; labeln Sie zuerst noch einige Beispiele.
replay-one-class = Ein Replay braucht Labels von mindestens zwei Klassen, und dieses Projekt hat nur Labels einer Klasse; labeln Sie zuerst noch einige Beispiele.
replay-few-labels = Ein Replay braucht mindestens { $least } gelabelte Beispiele außerhalb der Prüfmenge, und dieses Projekt hat { $n }; labeln Sie zuerst noch einige Beispiele.
replay-nothing-encoded = Noch ist nichts kodiert, und ein Replay arbeitet mit Embeddings; warten Sie, bis das Kodieren beendet ist.
replay-few-encoded = Bisher sind { $n } von { $all } gelabelten Beispielen kodiert, und ein Replay braucht { $least }; warten Sie, bis das Kodieren beendet ist.
