# Die Seite der Modelle von anderswo.

predictions-title = Modelle von anderswo
predictions-nav = Modelle von anderswo
predictions-about = Importierte Vorhersagen, mit den Labels verglichen. Sie sind keine Labels, und nichts wird damit trainiert.
predictions-none = Noch wurden keine Vorhersagen importiert: Importieren Sie eine Tabelle mit einer Spalte von Klassen, und sagen Sie, dass es Vorhersagen sind.
predictions-models = Wie gut sie sind
predictions-model = Modell
predictions-count = Vorhersagen
predictions-audited = Prüflabels
predictions-accuracy = Genauigkeit
predictions-both = Prüflabels von beiden
predictions-on-both = Seine Genauigkeit darauf
predictions-committee = Die des Komitees
predictions-agree = Andere Labels
predictions-agreeing = { $n } von { $all } stimmen überein
predictions-how = Die Genauigkeit ist auf der Prüfmenge gemessen, die blind gelabelt wird, mit 95-%-Intervallen. Das Komitee ist das der neuesten Runde, auf denselben Beispielen.
predictions-unknown = –
predictions-differ = { $n ->
    [one] 1 Label weicht von { $model } ab
   *[other] { $n } Labels weichen von { $model } ab
  }
predictions-picture = { $name }: gelabelt als { $class }, vorhergesagt { $said }
