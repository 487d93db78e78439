insight-none = Noch kein Label.
insight-none-about = Mit den ersten Antworten wird ein erstes Modell trainiert; dann steht hier, was sie gebracht haben.
insight-unmeasured =
    { $n ->
        [one] Bisher 1 Label; noch nichts gemessen.
       *[other] Bisher { $n } Labels; noch nichts gemessen.
    }
insight-unmeasured-about =
    { $measure ->
        [exact-match] Exakte Treffer und F1 werden an Beispielen der Prüfmenge gemessen, die unter die Fragen gemischt sind. Sie erscheinen, sobald ein Modell trainiert ist und einige von ihnen beantwortet sind.
       *[accuracy] Die Genauigkeit wird an Beispielen der Prüfmenge gemessen, die unter die Fragen gemischt sind. Sie erscheint, sobald ein Modell trainiert ist und einige von ihnen beantwortet sind.
    }
insight-so-far =
    { $n ->
        [one] Bisher 1 Label.
       *[other] Bisher { $n } Labels.
    }
insight-too-few =
    { $n ->
        [one] 1 Antwort zur Prüfmenge reicht nicht für ein Urteil.
       *[other] { $n } Antworten zur Prüfmenge reichen nicht für ein Urteil.
    }
insight-reached =
    { $measure ->
        [exact-match]
            { $n ->
                [one] 1 Label: Bei { $share } stimmt die ganze Menge.
               *[other] { $n } Labels: Bei { $share } stimmt die ganze Menge.
            }
       *[accuracy]
            { $n ->
                [one] 1 Label ergibt { $share } Genauigkeit.
               *[other] { $n } Labels ergeben { $share } Genauigkeit.
            }
    }
insight-measured =
    { $measure ->
        [exact-match] Bei { $n } von { $all } zufällig gezogenen Beispielen der Prüfmenge stimmt die ganze Menge der Klassen, nicht mehr und nicht weniger (95-%-Intervall { $low } bis { $high }).
       *[accuracy] { $n } von { $all } zufällig gezogenen Beispielen der Prüfmenge sind richtig (95-%-Intervall { $low } bis { $high }).
    }
insight-never-trained = Nie wurde mit ihnen trainiert.
insight-blind = Sie wurden blind gelabelt, und nie wurde mit ihnen trainiert.
insight-imported =
    { $n ->
        [one] 1 Label der Prüfmenge kam mit einem Import und wurde nicht blind vergeben.
       *[other] { $n } Labels der Prüfmenge kamen mit einem Import und wurden nicht blind vergeben.
    }
insight-reviewed =
    { $n ->
        [one] 1 Label der Prüfmenge wurde bei der Durchsicht festgelegt, die zeigt, was das Modell meint, und somit nicht blind vergeben.
       *[other] { $n } Labels der Prüfmenge wurden bei der Durchsicht festgelegt, die zeigt, was das Modell meint, und somit nicht blind vergeben.
    }
insight-retired =
    { $n ->
        [one] 1 Beispiel wurde aus der Prüfmenge entlassen.
       *[other] { $n } Beispiele wurden aus der Prüfmenge entlassen.
    }
insight-departed =
    { $n ->
        [one] 1 Beispiel hat die Prüfmenge verlassen, weil eine Kopie davon im Vorrat gefunden wurde.
       *[other] { $n } Beispiele haben die Prüfmenge verlassen, weil Kopien davon im Vorrat gefunden wurden.
    }
insight-point = Runde { $round }: { $n } Labels, { $share } ({ $low } bis { $high })

insight-round-age = Runde { $round } · { $age }
insight-encoding = Der Vorrat wird kodiert
insight-encoding-failed = Das Kodieren ist gescheitert
insight-encoding-bar = Kodieren
insight-encoding-part = { $n } von { $all } ({ $percent } %)
insight-label-now = Sie können schon labeln.
insight-efficiency = Ertrag der Labels
insight-chart = { $shown } an der Prüfmenge, aufgetragen über { $across }. { $headline }
insight-chart-x = Trainingslabels
insight-chart-about =
    { $measure ->
        [exact-match] Ein Punkt je Runde: der Anteil der Prüfmenge, bei dem sie die ganze Menge der Klassen trifft (exakte Treffer). Das ist streng; F1 daneben zählt die Klassen einzeln. Das Band ist das 95-%-Intervall (Wilson); es wird schmaler, je mehr Beispiele der Prüfmenge beantwortet sind. Alle Punkte sind an denselben Beispielen gemessen.
       *[accuracy] Ein Punkt je Runde: der Anteil der Prüfmenge, den sie richtig erkennt. Das Band ist das 95-%-Intervall (Wilson); es wird schmaler, je mehr Beispiele der Prüfmenge beantwortet sind. Alle Punkte sind an denselben Beispielen gemessen.
    }
insight-chart-empty = Das Diagramm beginnt mit der ersten trainierten Runde, die an einer Antwort zur Prüfmenge gemessen werden kann.
insight-next = Nächste Runde
insight-next-comes = { $what }.
insight-last-round =
    { $n ->
        [one] Die letzte hat mit 1 Label in { $took } auf { $provider } trainiert.
       *[other] Die letzte hat mit { $n } Labels in { $took } auf { $provider } trainiert.
    }
insight-strategy = Strategie: { $strategy }.
insight-train = Jetzt trainieren
insight-others = Andere Strategien
insight-others-about = Ein Replay spielt mehrere mit den vorhandenen Labels durch und sagt, was jede gebracht hätte.
insight-replay = Replay
insight-standing = Stand
insight-samples = Beispiele
insight-pool = Vorrat
insight-labeled = Gelabelt
insight-skipped = Übersprungen
insight-audit = Labels der Prüfmenge
insight-macro-f1 = Makro-F1
insight-not-yet = noch nicht
insight-classes = Nach Klassen, die schwächste zuerst
insight-classes-table = Nach Klassen
insight-no-classes = Das Projekt hat noch keine Klassen.
insight-class = Klasse
insight-labels = Labels
insight-class-audit = Prüfmenge
insight-f1-on-audit = F1 (Prüfmenge)
insight-f1 = F1
insight-f1-of = F1 von { $class }
insight-rounds = Runden
insight-rounds-table = Gemessene Runden
insight-no-rounds = Noch ist keine Runde gemessen.
insight-round = Runde
insight-interval = 95-%-Intervall
insight-macro-f1-column = Makro-F1
insight-strategy-column = Strategie
insight-points =
    { $n ->
        [one] 1 gemessene Runde.
       *[other] { $n } gemessene Runden.
    }
insight-for-programs = Für Programme:

insight-random-needed = Zufälliges Labeln hätte etwa { $n } gebraucht.
insight-random-more = Zufälliges Labeln hätte mehr als { $n } gebraucht.
insight-no-gain = Noch kein messbarer Gewinn gegenüber Zufall.
insight-saved = Bisher { $share } der Labels gespart (95-%-Intervall { $low } bis { $high }).
insight-saved-least = Bisher mindestens { $share } der Labels gespart, nach dem 95-%-Intervall.
insight-no-gain-about = Zufälliges Labeln hätte { $low } bis { $high } Labels gebraucht (95-%-Intervall). Mehr Antworten zur Prüfmenge machen das genauer; eine Wiederholung vergleicht Strategien an den vorhandenen Labels; ein stärkerer Encoder hilft oft am meisten.
insight-no-gain-far = Was zufälliges Labeln erreicht, lässt sich über { $n } Labels hinaus nicht sagen: Der Pool hat nicht mehr, oder die Prüfmenge ist dafür zu klein. Eine Wiederholung vergleicht Strategien an den vorhandenen Labels.
insight-no-gain-open = Zufälliges Labeln hätte { $low } oder mehr Labels gebraucht (95-%-Intervall). Mehr Antworten zur Prüfmenge machen das genauer; eine Wiederholung vergleicht Strategien an den vorhandenen Labels; ein stärkerer Encoder hilft oft am meisten.
insight-random-waits = Mit zufälligem Labeln wird verglichen, sobald { $n } Beispiele der Prüfmenge ein Label haben.
insight-bridge = etwa { $n } Labels gespart
insight-random = Zufall
insight-random-beyond = Zufall, hochgerechnet
insight-target = Ziel { $share } %
insight-changed-at = Bei { $n } Labels: { $what }
insight-changed-strategy = Strategie { $name }
insight-changed-encoder = Encoder { $name }
insight-changed-class = neue Klasse { $name }
insight-changed-retired = Klasse { $name } stillgelegt
insight-changed-audit =
    { $n ->
        [one] 1 Beispiel verließ die Prüfmenge
       *[other] { $n } Beispiele verließen die Prüfmenge
    }
insight-point-bare = Runde { $round }: { $n } Labels, { $share }
insight-view-measure = Maß
insight-view-axis = Achse
insight-view-scale = Skala
insight-by-labels = Labels
insight-by-hours = Stunden
insight-by-cost = Kosten
insight-linear = Linear
insight-log = Log
insight-recall-of = Trefferquote von { $class }
insight-chart-hours = aktive Stunden
insight-chart-cost = Kosten { $currency }
insight-steps = Diagramm; die Pfeiltasten gehen durch seine Runden
insight-about-macro-f1 = Ein Punkt je Runde: das Mittel von F1 über die Klassen in der Prüfmenge; eine seltene Klasse zählt so viel wie eine häufige. Der neueste Punkt hat ein 95-%-Intervall aus Bootstrap.
insight-about-recall = Ein Punkt je Runde: von den Beispielen der Prüfmenge mit dieser Klasse der Anteil, bei dem sie vorhergesagt wird, mit Wilsons 95-%-Intervall.
insight-about-random = Die graue Linie ist zufälliges Labeln: Modelle, trainiert an Teilen der { $n } zufällig gezogenen Labels der Prüfmenge und gemessen am Rest. Gemessen ist sie bis { $to } Labels; gestrichelt dahinter ein Potenzgesetz. Die gesparten Labels werden an denselben Beispielen verglichen.
insight-about-hours = Stunden sind aktive Zeit: Eine Antwort zählt höchstens das Fünffache des Medians ihrer Person, Pausen zählen also nicht.
insight-full = Vollbild
stop-title = Weiter oder aufhören?
stop-stop = Aufhören.
stop-regardless = Es geht trotzdem weiter.
stop-go-on = Weiter.
stop-too-early = Noch zu früh.
stop-no-rule = Keine Regel ist gewählt.
stop-go-on-regardless = Trotzdem weiter
stop-gain = Die nächsten 100 Labels bringen wohl { $n } Punkte ({ $low } bis { $high }).
stop-cost = Sie kosten etwa { $cost }.
stop-gain-unknown = Was weitere Labels bringen, zeigt sich nach einigen weiteren Runden und Antworten zur Prüfmenge.
stop-rule-stable = Vorhersagen stabil
stop-rule-target = Ziel erreicht
stop-rule-target-of = Ziel { $share } % erreicht
stop-rule-doubt = Zweifel im Pool
stop-rule-gain = Gewinn der nächsten 100
stop-rule-budget = Budget
stop-about-stable = Mittleres Kappa der letzten drei Vergleiche aufeinanderfolgender Modelle an der Prüfmenge, mindestens 2 % der Labels auseinander. Aufhören ab 0,99 (Bloodgood und Vijay-Shanker 2009).
stop-about-target = Das untere Ende eines Intervalls, das gilt, wie oft man auch hinsieht. Aufhören, wenn es das Ziel erreicht.
stop-about-doubt = Mittlere Entropie des Komitees im Pool als Anteil der größtmöglichen. Aufhören unter 5 %.
stop-about-gain = Das obere Ende des 90-%-Intervalls dessen, was die nächsten 100 Labels bringen, nach einem Potenzgesetz durch die Kurve. Aufhören unter dem kleinsten Gewinn.
stop-about-budget = Verbrauchte Labels, die der Prüfmenge eingeschlossen.
stop-no-target = kein Ziel
stop-no-budget = kein Budget
stop-at-least = mindestens { $share }
stop-at-most = höchstens { $n } Punkte
stop-met = rät aufzuhören
stop-unmet = rät weiterzumachen
stop-goal = Ziel, Preis und Regeln
stop-field-target = Ziel in Prozent
stop-field-budget = Budget in Labels
stop-field-price = Preis
stop-field-currency = Währung
stop-field-per = je
stop-per-label = Label
stop-per-hour = Stunde
stop-field-gain = Kleinster Gewinn der nächsten 100 Labels, in Punkten
stop-field-rules = Zum Aufhören raten
stop-all = wenn alle es sagen
stop-any = wenn eine es sagt
stop-save = Speichern
take-svg = SVG
take-png = PNG
take-csv = CSV
take-json = JSON

insight-powered = Mit Vorhersagen gestützt
insight-about-powered = Ein Punkt je Runde: derselbe Anteil, mit Vorhersagen gestützt geschätzt (prediction-powered inference). Wie sicher sich das Komitee bei Beispielen der Prüfmenge ohne Label ist, ergänzt ein wenig, was die Labels sagen; das 95-%-Intervall wird schmaler.
