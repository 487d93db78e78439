# Numbers, sizes and ages, as every page writes them.

age-now = just now
age-seconds = { $n }{ "\u00A0" }s ago
age-minutes = { $n }{ "\u00A0" }min ago
age-hours = { $n }{ "\u00A0" }h ago
age-days = { $n } days ago

size-bytes = { $n } bytes
size-kb = { $size }{ "\u00A0" }KB
size-mb = { $size }{ "\u00A0" }MB
size-gb = { $size }{ "\u00A0" }GB
size-tb = { $size }{ "\u00A0" }TB

share-all = all
share-interval = { $value }{ "\u00A0" }% ({ $low } to { $high })
value-interval = { $value } ({ $low } to { $high })
range = { $low } to { $high }
part-of = { $n } of { $all }
decimal-mark = .
