sign-in-title = Anmelden
sign-in-forgotten = Noch kein Passwort oder vergessen? Bitten Sie die Verwaltung um einen Anmeldelink.
sign-in-again = Wieder anmelden
sign-in-kept = Ihre Antworten sind in diesem Browser aufbewahrt und werden gesendet, sobald Sie wieder da sind.
sign-in-later = Später
sign-in-elsewhere = Kein Passwort oder jemand anderes? Dort anmelden und hierher zurückkommen:
sign-in-other-page = Auf einer anderen Seite anmelden
link-welcome = Willkommen, { $name }
link-once = Dieser Link meldet Sie einmal an.
link-forgot = Passwort vergessen? Hier ein neues setzen.
link-set = Mit einem Passwort kommen Sie ohne Link wieder.
link-empty-keep = Beide leer lassen, um das alte zu behalten.
link-empty-without = Beide leer lassen, um ohne weiterzugehen.
link-sign-in = Als { $name } anmelden
link-passwords-differ = Die beiden Passwörter sind verschieden; bitte noch einmal eingeben.
link-hint = Ein Link gilt einmal und einen Tag lang.
link-with-password = Mit Passwort anmelden
password-new = Neues Passwort
password-again = Neues Passwort noch einmal
password-rule = Mindestens { $n } Zeichen.

account-bad-name = Der Name „{ $name }“ muss 1 bis 100 Zeichen haben, ohne Zeilenumbrüche und ohne Leerzeichen am Rand; bitte einen anderen wählen.
account-name-taken = Ein Konto namens „{ $name }“ gibt es schon, und Groß- und Kleinschreibung macht keinen Unterschied; bitte einen anderen Namen wählen.
account-none = Es gibt kein Konto namens „{ $name }“.
account-no-project = Es gibt kein Projekt „{ $slug }“; bitte die Schreibweise prüfen.
account-role-needs-project = Die Rolle { $role } gilt in einem Projekt; bitte eines angeben.
account-password-short = Das Passwort ist kürzer als { $n } Zeichen; bitte ein längeres wählen.
account-password-long = Das Passwort ist länger als { $n } Zeichen; bitte ein kürzeres wählen.
account-password-name = Das Passwort ist der Name des Kontos; bitte ein anderes wählen.
account-password-common = Dieses Passwort gehört zu denen, die zuerst geraten werden; bitte drei oder mehr Wörter wählen, die nichts miteinander zu tun haben.
account-wrong-password = Name oder Passwort ist falsch.
account-too-many =
    { $n ->
        [one] Zu viele falsche Passwörter; bitte in einer Minute wieder versuchen.
       *[other] Zu viele falsche Passwörter; bitte in { $n } Minuten wieder versuchen.
    }
account-link-unknown = Dieser Anmeldelink ist unbekannt; bitte um einen neuen bitten.
account-link-used = Dieser Anmeldelink wurde schon benutzt; bitte um einen neuen bitten.
account-link-expired = Dieser Anmeldelink ist abgelaufen; bitte um einen neuen bitten.
account-disabled = Dieses Konto ist gesperrt; die Verwaltung kann es wieder öffnen.
account-no-token = Dieses Token gibt es nicht; vielleicht wurde es schon widerrufen.
account-yourself = Mit dem eigenen Konto geht das nicht; bitte jemand anderen aus der Verwaltung fragen.
account-last-admin = „{ $name }“ ist die letzte Person der Verwaltung, die sich anmelden kann; zuerst jemand anderen dazu machen.

account-no-password = Sie haben noch kein Passwort: Nur ein Anmeldelink lässt Sie herein.
account-current = Jetziges Passwort
account-rule = Mindestens { $n } Zeichen. Ihre anderen Sitzungen werden abgemeldet; Ihre Tokens und Anmeldelinks enden.
account-change = Passwort ändern
account-set = Passwort setzen
account-changed = Passwort geändert. Alle anderen Sitzungen wurden abgemeldet; Ihre Tokens und Anmeldelinks gelten nicht mehr.
account-current-wrong = Das jetzige Passwort ist falsch.
account-new-differ = Die beiden neuen Passwörter sind verschieden; bitte noch einmal eingeben.
account-tokens = API-Tokens
account-tokens-about = Mit einem Token handelt ein Programm in Ihrem Namen und mit Ihren Rollen. Senden Sie es als { $header }
account-token-copy = Kopieren Sie das neue Token jetzt. Es wird nicht noch einmal gezeigt.
account-made = Erstellt
account-action = Aktion
account-revoke = Widerrufen
account-revoke-token = { $name } widerrufen
account-token-name = Name des neuen Tokens
account-token-example = nächtlicher Export
account-token-make = Token erstellen
account-token-bad-name = Geben Sie dem Token einen Namen von 1 bis 100 Zeichen.
account-sessions = Sitzungen
account-signed-in = Angemeldet
account-ends = Endet
account-which = Welche
account-this-one = diese
account-sign-out-others = Überall sonst abmelden

account-has-role = „{ $name }“ hat in { $project } schon die Rolle { $role }; ändern Sie das in der Zeile dieser Person auf der Seite „Personen“.
account-busy = Gerade melden sich zu viele Leute zugleich an; bitte in ein paar Sekunden noch einmal versuchen.
account-token-days = Ein Token gilt 1 bis { $n } Tage; bitte eine Zahl dazwischen wählen.
account-token-lasts = Es gilt
account-token-until-revoked = bis es widerrufen wird
account-token-for-days = { $n } Tage
account-token-never = beim Widerrufen

scope-read = lesen
scope-label = lesen und labeln
scope-manage = alles, was ich darf
account-token-scope = Darf
account-token-may = Es darf
account-used = Zuletzt benutzt
account-unused = noch nicht
account-browser = Browser
account-unknown-browser = unbekannt
account-end = Beenden
account-end-session = Sitzung in { $browser } beenden
account-no-session = Diese Sitzung gibt es nicht; vielleicht ist sie schon beendet.
account-data = Ihre Daten
account-data-about = Alles auf diesem Server, was Ihren Namen trägt: Konto, Rollen, Sitzungen, Tokens, Antworten, Notizen, und was im Protokoll von Ihnen steht.

sign-in-no-account = Sie sind als { $name } angemeldet, aber es gibt hier kein Konto dieses Namens, das Sie benutzen dürfen. Bitten Sie die Verwaltung, es anzulegen oder zu entsperren.
sign-in-newcomer = Sie sind als { $name } angemeldet und haben hier noch kein Konto.
sign-in-join = Mitmachen

sign-in-at = Mit { $name } anmelden
sign-in-came-back = { $name } hat Sie angemeldet. Einen Moment.
account-connected = Dieses Konto ist mit { $name } verbunden.
account-connect = Mit { $name } verbinden
account-sign-out-at = Bei { $name } abmelden
