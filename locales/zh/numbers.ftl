age-now = 刚刚
age-seconds = { $n } 秒前
age-minutes = { $n } 分钟前
age-hours = { $n } 小时前
age-days = { $n } 天前

size-bytes = { $n } 字节
size-kb = { $size }{ "\u00A0" }KB
size-mb = { $size }{ "\u00A0" }MB
size-gb = { $size }{ "\u00A0" }GB
size-tb = { $size }{ "\u00A0" }TB

share-all = 全部
share-interval = { $value }{ "\u00A0" }%（{ $low } 至 { $high }）
value-interval = { $value }（{ $low } 至 { $high }）
range = { $low } 至 { $high }
part-of = { $n } / { $all }
decimal-mark = .
