age-now = gerade eben
age-seconds = vor { $n } s
age-minutes = vor { $n } min
age-hours = vor { $n } h
age-days = vor { $n } Tagen

size-bytes = { $n } Byte
size-kb = { $size } KB
size-mb = { $size } MB
size-gb = { $size } GB
size-tb = { $size } TB

share-all = alle
share-interval = { $value }{ "\u00A0" }% ({ $low } bis { $high })
value-interval = { $value } ({ $low } bis { $high })
range = { $low } bis { $high }
part-of = { $n } von { $all }
decimal-mark = ,
