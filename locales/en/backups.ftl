# Backups.

backups-title = Backups
backups-about = A backup is one file with the database and every file it refers to, taken while everybody works on. It holds passwords’ hashes and all data: keep it where only admins get at it, and on another disk.
backups-list = On the server
backups-schedule =
    { $hours ->
        [one] One is taken every hour, and { $kept } are kept.
       *[other] One is taken every { $hours } hours, and { $kept } are kept.
    }
backups-no-schedule = None is taken by itself: start the server with --backup-hours 24, and one is taken every day.
backups-none = There is none yet.
backups-name = File
backups-size = Size
backups-made = Made
backups-take-away = Download
backups-take-away-one = Download { $name }
backups-make = Take one now
backups-running = A backup is being taken
backups-failed = The last one could not be taken: { $why }
backups-faults =
    { $n ->
        [one] The newest one lacks 1 file that is damaged or missing; querist backup names it.
       *[other] The newest one lacks { $n } files that are damaged or missing; querist backup names them.
    }
backups-where = They are in { $folder }. To go back to one:
backups-postgres = The database is PostgreSQL: back it up with pg_dump, and copy the data folder beside it.
