archive-projects = Archiv
archive-about = Archivierte Projekte stehen nicht unter den Projekten und nehmen keine Antworten und Änderungen an. Sie können sie ansehen und die zurückholen, die Sie verwalten.
archive-list = Archivierte Projekte
archive-none = Nichts ist archiviert.
archive-holds = Inhalt
archive-since = Archiviert
archive-until = Entfernt
archive-kept = wird behalten
archive-restore = Zurückholen
archive-restore-one = { $name } zurückholen
archive-project = Dieses Projekt archivieren oder löschen
archive-ask = „{ $name }“ archivieren?
archive-means = Es steht dann nicht mehr unter den Projekten und nimmt keine Antworten, Importe oder Änderungen an. Beispiele, die gerade jemand hat, werden zurückgenommen. Nichts geht verloren, und Sie können es jederzeit zurückholen.
archive-keep = Archivieren
archive-delete-ask = Oder löschen?
archive-delete-means = Es wird archiviert und nach { $days } Tagen endgültig entfernt: Beispiele, Dateien, Antworten, Modelle und Exporte. Bis dahin können Sie es zurückholen.
archive-delete = Archivieren und löschen
archive-notice = Dieses Projekt ist archiviert: Sie können es ansehen, aber nichts ändern.
archive-chosen = Gewählte Beispiele archivieren
archived-samples = Archivierte Beispiele
archived-about = Archivierte Beispiele werden niemandem gezeigt, und nichts lernt von ihnen oder zählt sie. Nach { $days } Tagen werden sie endgültig entfernt, mit Dateien und Antworten.
archived-left =
    { $n ->
        [one] 1 Bild bleibt, wie es ist: Jemand hat es gerade, oder sein Inhalt ist wieder da.
       *[other] { $n } Beispiele bleiben, wie sie sind: Jemand hat sie gerade, oder ihr Inhalt ist wieder da.
    }
archived-count = { $n } archiviert
archived-none = Kein Bild ist archiviert.
archived-by = Von
archived-restore = Gewählte Beispiele zurückholen
