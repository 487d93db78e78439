age-now = gerade eben
age-seconds = vor { $n }{ "\u00A0" }s
age-minutes = vor { $n }{ "\u00A0" }min
age-hours = vor { $n }{ "\u00A0" }h
age-days = vor { $n } Tagen

size-bytes = { $n } Byte
size-kb = { $size }{ "\u00A0" }KB
size-mb = { $size }{ "\u00A0" }MB
size-gb = { $size }{ "\u00A0" }GB
size-tb = { $size }{ "\u00A0" }TB

share-all = alle
share-interval = { $value }{ "\u00A0" }% ({ $low } bis { $high })
value-interval = { $value } ({ $low } bis { $high })
range = { $low } bis { $high }
part-of = { $n } von { $all }
decimal-mark = ,
