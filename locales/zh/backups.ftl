# 备份。

backups-title = 备份
backups-about = 备份是一个文件，包含数据库及其引用的所有文件；备份时大家可以继续工作。其中有密码散列和全部数据：请放在只有管理员能访问的地方，并存放在另一块磁盘上。
backups-list = 服务器上的备份
backups-schedule = 每 { $hours } 小时备份一次，保留 { $kept } 个。
backups-no-schedule = 不会自动备份：以 --backup-hours 24 启动服务器，即每天备份一次。
backups-none = 还没有备份。
backups-name = 文件
backups-size = 大小
backups-made = 时间
backups-take-away = 下载
backups-take-away-one = 下载 { $name }
backups-make = 立即备份
backups-running = 正在备份
backups-failed = 上次备份失败：{ $why }
backups-faults = 最新的备份缺少 { $n } 个损坏或丢失的文件；querist backup 会列出它们。
backups-where = 它们位于 { $folder }。恢复方法：
backups-postgres = 数据库是 PostgreSQL：请用 pg_dump 备份，并同时复制数据文件夹。
