# Was Hintergrundarbeit auf den Seiten von sich sagt.

between-parts = { ", " }
stage-importing = Import läuft
stage-taking-back = Zurücknehmen
stage-exporting = Export läuft
stage-fastest-batch = Schnellste Stapelgröße wird gesucht
stage-encoding = Kodieren
stage-dictionary = Encoder wird gelernt: Wörterbuch
stage-projection = Encoder wird gelernt: Projektion
stage-checking = Modell wird mit dem Komitee verglichen
stage-random-line = Wird gemessen: was zufälliges Labeln erreicht hätte
note-few-audit-labels = Die Zufallslinie braucht { $n } Labels der Prüfmenge
note-random-line = Zufallslinie aus { $n } Labels der Prüfmenge
note-diagnosed = { $ways } Wege zu lernen an { $labels } Labels verglichen
stage-map = Die Karte wird angeordnet
stage-diagnosing = Wird gemessen: was helfen würde
note-round = Runde { $number }: { $labels } Labels, { $ms } ms
note-ranked = { $n } Beispiele nach Abdeckung geordnet
note-nothing-encoded = Noch ist nichts kodiert
note-nothing-to-encode = Noch gibt es nichts zu kodieren
note-encoded = { $n } kodiert, { $all } insgesamt
note-unread = { $n } nicht lesbar
note-speed = { $ms } ms je Beispiel in Stapeln von { $batch } auf { $provider }
note-switched = das Projekt nutzt jetzt diesen Encoder
note-nothing-to-learn = Noch gibt es nichts, woraus gelernt werden kann
note-learned = Encoder aus dem Pool gelernt
note-learned-aside = Encoder gelernt; inzwischen wurde ein anderer gewählt, und der bleibt
note-copies = Veränderte Kopien für { $n } Beispiele mit Label bereit, { $new } davon neu
note-taken-back = { $samples ->
    [one] 1 Beispiel ging
   *[other] { $samples } Beispiele gingen
  }, { $labels ->
    [one] 1 Label zurückgenommen
   *[other] { $labels } Labels zurückgenommen
  }
note-imported = { $added } hinzugefügt, { $there } schon vorhanden, { $refused } abgelehnt
note-labels-taken = { $n } Labels übernommen
note-contradictions = { $n } Labels widersprechen den geltenden
note-passed-over = { $n } übergangen
note-new-classes = neue Klassen: { $names }
note-model = Runde { $round }, { $input }, { $precision }: größte Abweichung { $difference } bei { $n } Beispielen
note-exported = { $n } Labels in { $file }
note-exported-before = { $file } wurde schon geschrieben
note-tried = { $n } Zahlen je Beispiel, je { $ms } ms
note-mapped = Eine Karte von { $n } Beispielen
note-mapped-trust = Eine Karte von { $n } Beispielen, Verlässlichkeit { $trust }
note-drift =
    { $n ->
        [one] 1 Import mit dem Vorrat davor verglichen
       *[other] { $n } Importe mit dem Vorrat davor verglichen
    }
note-replay-without-seed = Angehalten, bevor jede Strategie einen Startwert beendet hatte; das vorige Ergebnis bleibt
note-replay-stopped = Angehalten nach { $n } von { $wanted } Startwerten von { $strategies }
note-replayed = { $n } Startwerte von { $strategies } auf { $samples } Beispielen mit Label
note-interrupted = Unterbrochen, als der Server anhielt; beim nächsten Start geht es weiter
note-failed = Das ist nicht gelungen.
note-failed-because = { $what } (Auf Englisch: { $causes })
note-stuck = Der Server ist dreimal während dieser Arbeit geendet, deshalb wird sie nicht noch einmal versucht; das Protokoll kann sagen, warum. Ändern Sie, woran sie arbeitet, und stoßen Sie sie dann neu an
note-removed =
    { $n ->
        [one] 1 Bild endgültig entfernt
       *[other] { $n } Bilder endgültig entfernt
    }
stage-removing = entfernt
