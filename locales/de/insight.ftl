insight-none = Noch kein Label.
insight-none-about = Mit den ersten Antworten wird ein erstes Modell trainiert; dann steht hier, was sie gebracht haben.
insight-unmeasured =
    { $n ->
        [one] Bisher 1 Label; noch nichts gemessen.
       *[other] Bisher { $n } Labels; noch nichts gemessen.
    }
insight-unmeasured-about =
    { $measure ->
        [exact-match] Exakte Treffer und F1 werden an Bildern der Prüfmenge gemessen, die unter die Fragen gemischt sind. Sie erscheinen, sobald ein Modell trainiert ist und einige von ihnen beantwortet sind.
       *[accuracy] Die Genauigkeit wird an Bildern der Prüfmenge gemessen, die unter die Fragen gemischt sind. Sie erscheint, sobald ein Modell trainiert ist und einige von ihnen beantwortet sind.
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
        [exact-match] Bei { $n } von { $all } zufällig gezogenen Bildern der Prüfmenge stimmt die ganze Menge der Klassen, nicht mehr und nicht weniger (95-%-Intervall { $low } bis { $high }).
       *[accuracy] { $n } von { $all } zufällig gezogenen Bildern der Prüfmenge sind richtig (95-%-Intervall { $low } bis { $high }).
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
insight-departed =
    { $n ->
        [one] 1 Bild hat die Prüfmenge verlassen, weil eine Kopie davon im Vorrat gefunden wurde.
       *[other] { $n } Bilder haben die Prüfmenge verlassen, weil Kopien davon im Vorrat gefunden wurden.
    }
insight-point = Runde { $round }: { $n } Labels, { $share } ({ $low } bis { $high })

insight-round-age = Runde { $round } · { $age }
insight-encoding = Der Vorrat wird kodiert
insight-encoding-failed = Das Kodieren ist gescheitert
insight-encoding-bar = Kodieren
insight-encoding-part = { $n } von { $all } ({ $percent } %)
insight-label-now = Sie können schon labeln.
insight-efficiency = Ertrag der Labels
insight-chart = { measure-title } auf der Prüfmenge über der Zahl der Trainingslabels. { $headline }
insight-chart-x = Trainingslabels
insight-chart-about =
    { $measure ->
        [exact-match] Ein Punkt je Runde: der Anteil der Prüfmenge, bei dem sie die ganze Menge der Klassen trifft (exakte Treffer). Das ist streng; F1 daneben zählt die Klassen einzeln. Das Band ist das 95-%-Intervall (Wilson); es wird schmaler, je mehr Bilder der Prüfmenge beantwortet sind. Alle Punkte sind an denselben Bildern gemessen.
       *[accuracy] Ein Punkt je Runde: der Anteil der Prüfmenge, den sie richtig erkennt. Das Band ist das 95-%-Intervall (Wilson); es wird schmaler, je mehr Bilder der Prüfmenge beantwortet sind. Alle Punkte sind an denselben Bildern gemessen.
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
insight-samples = Bilder
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
