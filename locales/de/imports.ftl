# Die Seiten der Importe: alle, und was aus den Einträgen eines Imports wurde.

imports-title = Importe
imports-about = Jeder Import, und was aus jedem seiner Einträge wurde.
imports-all = Alle Importe
imports-none = Noch wurde nichts eingelesen.
imports-source = Quelle
imports-when = Wann
imports-by = Von
imports-items = Einträge
imports-bucket-of = { $source }: { $count } { $bucket }
imports-earlier = Frühere Importe
imports-one = Import von { $source }
imports-by-whom = { $age }, von { $name }
imports-labels = Labels: { $labels }.
imports-relabeled = Labels früherer Importe wurden ersetzt.
imports-new-classes = Neue Klassen: { $classes }.
imports-counts = Einträge nach dem, was aus ihnen wurde
imports-show = Zeigen
imports-all-outcomes = alle
imports-outcomes = Was aus ihnen wurde
imports-outcomes-about = Jeder Eintrag, der nicht einfach hinzukam.
imports-as-table = Alle als CSV
imports-no-outcomes = Hier gibt es nichts zu sagen.
imports-outcome = Ergebnis
imports-name = Name des Eintrags
imports-what = Was dazu zu sagen ist
imports-sample = Beispiel
imports-same = Der Inhalt ist derselbe wie bei { $name }.
imports-taken = { $name } hat denselben Inhalt und bekam das Label „{ $label }“.
imports-replaced = { $name } hat denselben Inhalt; das Label ist jetzt „{ $label }“ und war „{ $standing }“.
imports-contradicts = Hier steht „{ $label }“. Derselbe Inhalt, { $name }, hat „{ $standing }“, und das bleibt.
imports-more = Weitere
imports-cancel = Diesen Import abbrechen
imports-undo = Diesen Import zurücknehmen
imports-taken-back = zurückgenommen
imports-named = Seine Labels stammen von { $name }.
imports-predicted-by = Vorhersagen von { $name }; sie sind keine Labels.
imports-predictions = Vergleichen
imports-undone = Zurückgenommen { $age } von { $name }: { $samples ->
    [one] 1 Beispiel ging
   *[other] { $samples } Beispiele gingen
  }, { $labels ->
    [one] 1 Label eines anderen Beispiels wurde zurückgenommen.
   *[other] { $labels } Labels anderer Beispiele wurden zurückgenommen.
  }
imports-undo-ask = Den Import von { $source } zurücknehmen?
imports-undo-leave = { $n ->
    [0] Kein Beispiel geht.
    [one] 1 Beispiel, das nur dieser Import brachte, geht.
   *[other] { $n } Beispiele, die nur dieser Import brachte, gehen.
  }
imports-undo-labels = { $n ->
    [one] 1 Label eines Beispiels, das bleibt, wird zurückgenommen
   *[other] { $n } Labels von Beispielen, die bleiben, werden zurückgenommen
  }; { $current } davon sind die jetzigen Antworten, die anderen wurden seither beantwortet.
imports-undo-predictions = { $n ->
    [one] 1 Vorhersage wird verworfen.
   *[other] { $n } Vorhersagen werden verworfen.
  }
fate-answered = { $n ->
    [one] 1 Beispiel bleibt, weil jemand es beantwortet hat.
   *[other] { $n } Beispiele bleiben, weil jemand sie beantwortet hat.
  }
fate-imported = { $n ->
    [one] 1 Beispiel bleibt, weil ein anderer Import es auch brachte oder mit einem Label versah.
   *[other] { $n } Beispiele bleiben, weil ein anderer Import sie auch brachte oder mit Labels versah.
  }
fate-used = { $n ->
    [one] 1 Beispiel bleibt: Es ist ein Musterbeispiel, jemand hat dazu gefragt, oder eine Kopie davon verließ die Prüfmenge.
   *[other] { $n } Beispiele bleiben: Sie sind Musterbeispiele, jemand hat dazu gefragt, oder Kopien davon verließen die Prüfmenge.
  }
fate-asked = { $n ->
    [one] 1 Beispiel bleibt vorerst, weil jemand es gerade vor sich hat.
   *[other] { $n } Beispiele bleiben vorerst, weil jemand sie gerade vor sich hat.
  }
imports-undo-staying = Unter denen, die bleiben: { $names }.
imports-undo-report = Der Bericht des Imports bleibt. Die Beispiele, die gehen, können wieder importiert werden.
imports-dry = Probelauf
imports-dry-about = Nichts wurde geändert: Die Zahlen sagen, was aus jeder Datei würde. Die Dateien bleiben einen Tag lang da.
imports-go-on = Diese Dateien importieren
