home-task = Klassen eines Beispiels
home-task-single = genau eine
home-task-multi = beliebig viele, oder keine davon
settings-labels-sets = die Spalte „{ $column }“ der CSV-Datei, mit { $sign } zwischen den Klassen

insight-micro-f1 = Mikro-F1
insight-micro-f1-column = Mikro-F1
insight-precision = Precision
insight-recall = Recall

measure =
    { $measure ->
        [exact-match] Volltrefferquote
       *[accuracy] Genauigkeit
    }
measure-title =
    { $measure ->
        [exact-match] Volltrefferquote
       *[accuracy] Genauigkeit
    }
