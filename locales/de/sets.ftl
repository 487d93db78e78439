home-task = Klassen eines Bildes
home-task-single = genau eine
home-task-multi = beliebig viele, oder keine davon
settings-labels-sets = die Spalte „{ $column }“ der CSV-Datei, mit { $sign } zwischen den Klassen

insight-sets-unmeasured = Exakte Treffer und F1 werden an Bildern der Prüfmenge gemessen, die unter die Fragen gemischt sind. Sie erscheinen, sobald ein Modell trainiert ist und einige von ihnen beantwortet sind.
insight-sets-reached =
    { $n ->
        [one] 1 Label: Bei { $share } stimmt die ganze Menge.
       *[other] { $n } Labels: Bei { $share } stimmt die ganze Menge.
    }
insight-sets-measured = Bei { $n } von { $all } zufällig gezogenen Bildern der Prüfmenge stimmt die ganze Menge der Klassen, nicht mehr und nicht weniger (95-%-Intervall { $low } bis { $high }).
insight-sets-chart = Exakte Treffer auf der Prüfmenge über der Zahl der Trainingslabels. { $headline }
insight-sets-chart-about = Ein Punkt je Runde: der Anteil der Prüfmenge, bei dem sie die ganze Menge der Klassen trifft (exakte Treffer). Das ist streng; F1 daneben zählt die Klassen einzeln. Das Band ist das 95-%-Intervall (Wilson); es wird schmaler, je mehr Bilder der Prüfmenge beantwortet sind. Alle Punkte sind an denselben Bildern gemessen.
insight-exact-match = exakte Treffer
insight-exact-match-fact = Exakte Treffer
insight-micro-f1 = Mikro-F1
insight-micro-f1-column = Mikro-F1
insight-precision = Precision
insight-recall = Recall

rounds-exact-match = exakte Treffer auf der Prüfmenge
