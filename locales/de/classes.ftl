# Die Seite der Klassen.

classes-about = Namen, Aussehen, Beschreibungen und Reihenfolge der Klassen; ihre Labels vereint, geteilt und wieder hergestellt.
classes-new = Eine weitere Klasse
classes-labels = { $n } Labels
classes-merged = Vereint mit { $into }.
classes-colour = Farbe
classes-look-own = nach ihrem Platz
classes-look = Farbe { $colour }, Form { $shape }
classes-description = Was dazu gehört
classes-up = Nach oben
classes-down = Nach unten
classes-up-class = { $class } nach oben
classes-down-class = { $class } nach unten
classes-delete = Löschen
classes-delete-class = { $class } löschen
classes-merge = Vereinen
classes-merge-or-part = Vereinen oder teilen
classes-merge-into = Alle ihre Labels werden
classes-merge-ask = { $from } mit { $into } vereinen?
classes-merge-labels = { $n ->
    [one] 1 Label wird { $into }, { $audit } aus der Prüfmenge.
   *[other] { $n } Labels werden { $into }, { $audit } davon aus der Prüfmenge.
  }
classes-merge-both = { $n ->
    [one] 1 davon nennt beide und nennt dann eine.
   *[other] { $n } davon nennen beide und nennen dann eine.
  }
classes-merge-examples = { $n ->
    [one] Ihr Musterbeispiel geht mit.
   *[other] Ihre { $n } Musterbeispiele gehen mit.
  }
classes-merge-retires = { $from } wird stillgelegt. Der Verlauf bleibt, und ein Klick stellt die Labels wieder her, die seither niemand beantwortet hat.
classes-part = Labels verschieben
classes-part-into = Manche ihrer Labels werden
classes-part-name = Teil des Namens
classes-part-annotator = Gelabelt von
classes-part-metadata = Metadaten
classes-part-about = Die der passenden Beispiele; eine Klasse mit neuem Namen wird angelegt. Soll nach Beispielen stattdessen noch einmal gefragt werden, wählen Sie diese auf der Seite der Beispiele aus.
classes-part-ask = { $n ->
    [one] 1 Label von { $from } zu { $into } machen?
   *[other] { $n } Labels von { $from } zu { $into } machen?
  }
classes-part-new = Die Klasse { $into } wird angelegt.
classes-part-means = Der Verlauf bleibt, und ein Klick stellt die Labels wieder her, die seither niemand beantwortet hat.
classes-acts = Vereint und verschoben
classes-act-merge = { $from } mit { $into } vereint: { $n } Labels, { $age }, von { $name }
classes-act-move = { $n } Labels von { $from } zu { $into } gemacht, { $age }, von { $name }
classes-act-undone = { $from } und { $into }: { $n } Labels, { $age }, von { $name }; zurückgenommen
classes-all = Alles zu Klassen
