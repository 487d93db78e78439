saved = Gespeichert
saving-answers =
    { $n ->
        [one] 1 Antwort wird gespeichert
       *[other] { $n } Antworten werden gespeichert
    }
saving-groups =
    { $n ->
        [one] 1 Gruppe wird gespeichert
       *[other] { $n } Gruppen werden gespeichert
    }
pace = { $n } je Minute
unreachable = Der Server ist nicht zu erreichen.
unreachable-again = Der Server ist nicht zu erreichen; gleich noch einmal versuchen.
answered-status = Der Server hat mit { $status } geantwortet; gleich noch einmal versuchen.
answers-wait-full =
    { $n ->
        [one] Die Festplatte des Servers ist voll. 1 Antwort wartet hier und wird gesendet, sobald Platz ist; sagen Sie es der Verwaltung.
       *[other] Die Festplatte des Servers ist voll. { $n } Antworten warten hier und werden gesendet, sobald Platz ist; sagen Sie es der Verwaltung.
    }
answers-wait =
    { $n ->
        [one] Der Server hat ein Problem. 1 Antwort ist noch nicht gesendet; sie bleibt auf diesem Gerät und geht hinaus, sobald er wieder arbeitet.
       *[other] Der Server hat ein Problem. { $n } Antworten sind noch nicht gesendet; sie bleiben auf diesem Gerät und gehen hinaus, sobald er wieder arbeitet.
    }
offline = Sie sind offline.
offline-short = Offline
offline-answers =
    { $n ->
        [one] Offline: 1 Antwort nicht gesendet
       *[other] Offline: { $n } Antworten nicht gesendet
    }
offline-groups =
    { $n ->
        [one] Offline: 1 Gruppe nicht gesendet
       *[other] Offline: { $n } Gruppen nicht gesendet
    }
answers-kept =
    { $n ->
        [one] { $why } 1 Antwort ist noch nicht gesendet und liegt auf diesem Gerät. Labeln Sie weiter: Sie geht hinaus, sobald die Verbindung wieder da ist.
       *[other] { $why } { $n } Antworten sind noch nicht gesendet und liegen auf diesem Gerät. Labeln Sie weiter: Sie gehen hinaus, sobald die Verbindung wieder da ist.
    }
groups-kept =
    { $n ->
        [one] { $why } 1 Gruppe ist noch nicht gesendet und liegt auf diesem Gerät. Sie geht hinaus, sobald die Verbindung wieder da ist.
       *[other] { $why } { $n } Gruppen sind noch nicht gesendet und liegen auf diesem Gerät. Sie gehen hinaus, sobald die Verbindung wieder da ist.
    }
goes-on = { $why } Es geht von selbst weiter, sobald die Verbindung wieder da ist.
session-over = Ihre Sitzung ist zu Ende.
session-over-kept = Ihre Sitzung ist zu Ende. Ihre Antworten sind hier aufbewahrt und werden gesendet.
somebody-else = Jemand anderes ist angemeldet. Ihre Antworten sind hier aufbewahrt und werden gesendet, sobald Sie es wieder sind.
wrong-password = Name oder Passwort ist falsch.
too-many-passwords = Zu viele falsche Passwörter; bitte einige Minuten warten.
not-stored = Nicht gespeichert: { $reason }
not-changed = Nicht geändert: { $reason }
not-undone = Nicht zurückgenommen: { $reason }
not-flagged = Nicht an die Leitung gesendet: { $reason }
not-saved = Nicht gespeichert: { $reason }

desk-to-label = Beispiel zum Labeln
offline-title = Sie sind offline
unreachable-title = Der Server ist nicht zu erreichen
offline-nothing = Die vorab geladenen Beispiele sind aufgebraucht. Das nächste erscheint von selbst, sobald die Verbindung wieder da ist.
offline-kept =
    { $n ->
        [one] Die vorab geladenen Beispiele sind aufgebraucht. Ihre Antwort liegt auf diesem Gerät, auch wenn Sie die Seite schließen. Sobald die Verbindung wieder da ist, wird sie gesendet, und das nächste Beispiel erscheint.
       *[other] Die vorab geladenen Beispiele sind aufgebraucht. Ihre { $n } Antworten liegen auf diesem Gerät, auch wenn Sie die Seite schließen. Sobald die Verbindung wieder da ist, werden sie gesendet, und das nächste Beispiel erscheint.
    }
desk-chosen = { $class }: gewählt
desk-not-chosen = { $class }: nicht gewählt
desk-nothing-chosen = Noch ist nichts gewählt.
desk-n-chosen =
    { $n ->
        [one] 1 Klasse ist gewählt.
       *[other] { $n } Klassen sind gewählt.
    }
desk-choose-or-none = Es ist nichts gewählt: Wählen Sie eine Klasse, oder sagen Sie, dass es keine davon ist.
desk-was = War: { $answer }
desk-taken-back = Diese Antwort haben Sie zurückgenommen: neu antworten oder überspringen
desk-last-answer = Die letzte Antwort: { $answer }
desk-answers-back = { $n } Antworten zurück: { $answer }
desk-change-it = Eine Taste ändert sie · , und . gehen zurück und vor · Esc geht weiter
desk-touch-it = Klasse antippen ändert sie · wischen zeigt die Antworten davor und danach
desk-change-set = Tasten ändern sie, Enter speichert · , und . gehen zurück und vor · Esc macht weiter
desk-touch-set = Klassen antippen ändert sie, dann „Speichern“ · wischen zeigt die Antworten davor und danach
desk-changed-to = Geändert zu { $answer }
desk-change-undone = Änderung zurückgenommen
desk-answer-undone = Antwort zurückgenommen
desk-opinion = Das Komitee: { $class }, { $percent }{ "\u00A0" }%
desk-adjust = Anpassen
desk-adjusted = Angepasst
desk-adjusted-to = { $what } { $percent } Prozent
desk-brightness = Helligkeit
desk-contrast = Kontrast
desk-inverted = Umgekehrt
desk-not-inverted = Nicht umgekehrt
desk-reset = Das Bild, wie es ist
skipped = übersprungen
skipped-because = übersprungen: { $reason }
none-of-these = keine davon
another-class = eine andere Klasse
list-comma = { ", " }

keys-press = Die Taste für { $class } drücken; Rücktaste für keine.
keys-taken = { $key } tut hier etwas anderes. Eine andere Taste für { $class } drücken.
keys-space = Die Leertaste
keys-none = keine
keys-set = { $class }: { $key }.
keys-swapped = { $class } hatte sie und hat jetzt { $key }.

flag-you = Sie
flag-sent = An die Leitung gesendet
flag-kept = Auf diesem Gerät aufbewahrt; geht an die Leitung, sobald die Verbindung wieder da ist
flag-answered = Die Leitung hat geantwortet
flag-answers =
    { $n ->
        [one] 1 Antwort
       *[other] { $n } Antworten
    }
flag-done = erledigt
flag-waits = Wartet auf die Leitung.
flag-new = neu

grid-title = Viele auf einmal
grid-waits =
    { $n ->
        [one] Noch 1 Beispiel lädt
       *[other] Noch { $n } Beispiele laden
    }
grid-choose = Eine Klasse wählen
grid-all = Sind das alles { $class }?
grid-what = Was ist das?
grid-leave-out = Alle weglassen
grid-are =
    { $n ->
        [one] 1 ist { $class }
       *[other] { $n } sind { $class }
    }
grid-shown =
    { $n ->
        [one] 1 Beispiel. { $about }
       *[other] { $n } Beispiele. { $about }
    }
grid-picture = Beispiel { $n }
grid-taken-back = Zurückgenommen: Was ist das?
grid-undone =
    { $n ->
        [one] 1 Antwort zurückgenommen
       *[other] { $n } Antworten zurückgenommen
    }
grid-not-stored = { $n } nicht gespeichert: { $reason }
grid-not-undone = { $n } nicht zurückgenommen: { $reason }

review-chosen =
    { $n ->
        [0] Nichts ausgewählt
       *[other] { $n } ausgewählt
    }
review-choose-first = Wählen Sie zuerst Beispiele aus.
review-no-class = Wählen Sie zuerst eine Klasse.
review-settled =
    { $n ->
        [one] 1 Beispiel erledigt.
       *[other] { $n } Beispiele erledigt.
    }
review-left =
    { $n ->
        [one] 1 wurde inzwischen beantwortet und blieb, wie es ist.
       *[other] { $n } wurden inzwischen beantwortet und blieben, wie sie sind.
    }
review-taken-back =
    { $n ->
        [one] 1 Entscheidung zurückgenommen.
       *[other] { $n } Entscheidungen zurückgenommen.
    }
review-did-keep = behalten
review-did-suggested = geändert
review-did-class = gelabelt
review-did-ask-again = wird erneut gefragt
review-did-set-aside = aussortiert
review-did-not = inzwischen beantwortet
grid-answers-wait = Der Server hat ein Problem. Ihre Antworten liegen auf diesem Gerät und gehen hinaus, sobald er wieder arbeitet.
text-length =
    { $n ->
        [one] 1 Wort
       *[other] { $n } Wörter
    }

series-of =
    { $n ->
        [one] Zeitreihe mit 1 Schritt
       *[other] Zeitreihe mit { $n } Schritten
    }
series-range = { $name }: { $low } bis { $high } { $unit }
series-step = Schritt { $n }
series-missing = fehlt
series-axes-same = Jede Zeitreihe hat dieselbe y-Achse
series-axes-own = Jede Zeitreihe hat ihre eigene y-Achse
table-missing = nicht angegeben
table-higher = höher als { $n } % der gesehenen
table-yes = ja
table-no = nein
