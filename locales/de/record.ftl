# Das Protokoll: wer was getan hat.

record-title = Protokoll
record-about = Wer Rollen, Einstellungen, Klassen und Modelle geändert hat, wer importiert und exportiert hat und wer sich angemeldet hat. Antworten stehen nicht hier: Die Seite jedes Beispiels zeigt ihre eigenen. Einträge werden nie entfernt; wurde jemand anonym gemacht, steht eine Nummer statt des Namens.
record-table = Tabelle (CSV)
record-person = Person
record-everybody = alle
record-what = Was
record-everything = alles
record-since = Ab Tag
record-until = Bis Tag
record-show = Zeigen
record-entries = Einträge des Protokolls
record-none = Hier ist nichts verzeichnet.
record-when = Wann
record-details = Gesendet
record-from = Von
record-fields =
    { $n ->
        [one] 1 Feld
       *[other] { $n } Felder
    }
record-earlier = Frühere
record-command-line = Befehlszeile

act-signed-in = hat sich angemeldet
act-signed-out = hat sich abgemeldet
act-link-used = hat sich mit einem Link angemeldet
act-password-changed = hat das Passwort geändert
act-token-made = hat das Token erstellt:
act-token-revoked = hat das Token widerrufen:
act-sessions-ended = hat sich überall sonst abgemeldet
act-session-ended = hat eine Sitzung beendet
act-person-added = hat eine Person hinzugefügt:
act-link-made = hat einen Anmeldelink erstellt für
act-role-changed = hat die Rolle geändert von
act-person-disabled = hat gesperrt:
act-person-enabled = hat entsperrt:
act-project-made = hat das Projekt angelegt:
act-goal-changed = hat das Ziel geändert
act-went-on = hat weitergemacht, obwohl die Regeln zum Aufhören rieten
act-leases-freed = hat Beispiele freigegeben
act-second-opinions-changed = hat Zweitmeinungen geändert
act-example-changed = hat geändert, ob dieses Beispiel neben der Anleitung steht:
act-newest-round-used = ist zur neuesten Runde zurückgekehrt
act-round-pinned = hat angeheftet: Runde
act-round-unpinned = hat gelöst: Runde
act-rolled-back = ist zurückgegangen auf Runde
act-export-asked = hat einen Export angefordert:
act-model-asked = hat das Modell angefordert
act-settings-changed = hat Einstellungen geändert
act-augmentation-changed = hat veränderte Kopien geändert
act-cures-changed = hat geändert, was dem Komitee beim Lernen hilft
act-class-added = hat die Klasse hinzugefügt:
act-class-renamed = hat die Klasse umbenannt:
act-class-retired = hat die Klasse stillgelegt:
act-encoder-chosen = hat den Encoder gewählt:
act-encoder-relearned = hat den Encoder neu lernen lassen
act-encoder-removed = hat den Encoder entfernt:
act-encoder-added = hat den Encoder hinzugefügt:
act-encoder-adopted = hat einen erprobten Encoder übernommen
act-import-asked = hat importiert
act-samples-tagged = hat Beispiele markiert
act-other = hat etwas Neues getan

settings-record = Wer was geändert hat
act-class-changed = hat die Klasse geändert:
act-class-moved = hat die Klasse verschoben:
act-class-restored = hat die Klasse zurückgeholt:
act-class-deleted = hat die Klasse gelöscht:
act-class-merged = hat die Klasse zusammengelegt:
act-class-parted = hat Labels verschoben aus der Klasse
act-class-act-undone = hat eine Änderung an Klassen zurückgenommen:
act-import-cancelled = hat abgebrochen: Import
act-import-undone = hat zurückgenommen: Import
act-labels-sent = hat Labels geschickt aus
record-itself = der Server
act-person-exported = hat alle Daten gesichert von
act-person-deleted = hat gelöscht:
act-person-anonymised = hat anonym gemacht:
act-project-archived = hat das Projekt archiviert
act-project-restored = hat das Projekt zurückgeholt
act-project-removed = hat das Projekt endgültig entfernt:
act-samples-archived = hat Bilder archiviert
act-samples-restored = hat archivierte Bilder zurückgeholt
act-samples-removed = hat archivierte Bilder endgültig entfernt
act-joined = ist dazugekommen
act-provider-linked = hat mit dem Anmeldedienst verbunden:
