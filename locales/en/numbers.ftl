# Numbers, sizes and ages, as every page writes them.

age-now = just now
age-seconds = { $n } s ago
age-minutes = { $n } min ago
age-hours = { $n } h ago
age-days = { $n } days ago

size-bytes = { $n } bytes
size-kb = { $size } KB
size-mb = { $size } MB
size-gb = { $size } GB
size-tb = { $size } TB

share-all = all
share-interval = { $value }{ "\u00A0" }% ({ $low } to { $high })
value-interval = { $value } ({ $low } to { $high })
range = { $low } to { $high }
part-of = { $n } of { $all }
decimal-mark = .
