# Sicherungen.

backups-title = Sicherungen
backups-about = Eine Sicherung ist eine Datei mit der Datenbank und allen Dateien, auf die sie verweist; sie entsteht, während alle weiterarbeiten. Sie enthält Prüfsummen der Passwörter und alle Daten: Bewahren Sie sie dort auf, wo nur die Verwaltung herankommt, und auf einer anderen Festplatte.
backups-list = Auf dem Server
backups-schedule =
    { $hours ->
        [one] Jede Stunde wird eine gemacht, { $kept } werden behalten.
       *[other] Alle { $hours } Stunden wird eine gemacht, { $kept } werden behalten.
    }
backups-no-schedule = Von selbst wird keine gemacht: Starten Sie den Server mit --backup-hours 24, und jeden Tag wird eine gemacht.
backups-none = Es gibt noch keine.
backups-name = Datei
backups-size = Größe
backups-made = Gemacht
backups-take-away = Herunterladen
backups-take-away-one = { $name } herunterladen
backups-make = Jetzt eine machen
backups-running = Eine Sicherung wird gemacht
backups-failed = Die letzte ist nicht gelungen: { $why }
backups-faults =
    { $n ->
        [one] Der neuesten fehlt 1 Datei, die beschädigt ist oder fehlt; querist backup nennt sie.
       *[other] Der neuesten fehlen { $n } Dateien, die beschädigt sind oder fehlen; querist backup nennt sie.
    }
backups-where = Sie liegen in { $folder }. Zurück zu einer:
backups-postgres = Die Datenbank ist PostgreSQL: Sichern Sie sie mit pg_dump, und kopieren Sie den Datenordner daneben.
