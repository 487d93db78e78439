saved = 已保存
saving-answers = 正在保存 { $n } 个答案
saving-groups = 正在保存 { $n } 组
pace = 每分钟 { $n } 个
unreachable = 无法连接服务器。
unreachable-again = 无法连接服务器；请稍后再试。
answered-status = 服务器返回 { $status }；请稍后再试。
answers-wait-full = 服务器磁盘已满。{ $n } 个答案在此等待，有空间后会自动发送；请告知管理员。
answers-wait = { $n } 个答案等待发送。
session-over = 您的会话已结束。
session-over-kept = 您的会话已结束。答案保存在这里，之后会发送。
somebody-else = 当前登录的是其他人。您的答案保存在这里，您登录后会发送。
wrong-password = 名称或密码错误。
too-many-passwords = 密码错误次数过多；请等几分钟。
not-stored = 未保存：{ $reason }
not-changed = 未更改：{ $reason }
not-undone = 未撤销：{ $reason }
not-flagged = 未发送给负责人：{ $reason }
not-saved = 未保存：{ $reason }

desk-to-label = 待标注样本
desk-chosen = { $class }：已选中
desk-not-chosen = { $class }：未选中
desk-nothing-chosen = 尚未选择。
desk-n-chosen = 已选 { $n } 个类别。
desk-choose-or-none = 尚未选择：请选择类别，或选“都不是”。
desk-was = 原答案：{ $answer }
desk-last-answer = 上一个答案：{ $answer }
desk-answers-back = 往前第 { $n } 个答案：{ $answer }
desk-change-it = 按键即可更改 · , 和 . 后退与前进 · Esc 继续
desk-change-set = 按键更改，Enter 保存 · , 和 . 前后翻看 · Esc 继续
desk-changed-to = 已改为 { $answer }
desk-change-undone = 已撤销更改
desk-answer-undone = 已撤销答案
desk-opinion = 委员会：{ $class }，{ $percent }%
desk-adjust = 调整
desk-adjusted = 已调整
desk-adjusted-to = { $what } 百分之 { $percent }
desk-brightness = 亮度
desk-contrast = 对比度
desk-inverted = 已反色
desk-not-inverted = 未反色
desk-reset = 图片已还原
skipped = 已跳过
skipped-because = 已跳过：{ $reason }
none-of-these = 都不是
another-class = 其他类别
list-comma = 、

keys-press = 请按 { $class } 的键；退格键表示不设。
keys-taken = { $key } 在此另有用途。请为 { $class } 按另一个键。
keys-space = 空格
keys-none = 无
keys-set = { $class }：{ $key }。
keys-swapped = { $class } 原用此键，现为 { $key }。

flag-you = 您
flag-sent = 已发送给负责人
flag-answered = 负责人已回复
flag-answers = { $n } 条回复
flag-done = 已解决
flag-waits = 等待负责人回复。
flag-new = 新

grid-title = 成组标注
grid-waits = 还有 { $n } 张图片正在加载
grid-choose = 选择类别
grid-all = 这些都是 { $class } 吗？
grid-what = 这些是什么？
grid-leave-out = 全部排除
grid-are = { $n } 个是 { $class }
grid-shown = { $n } 张图片。{ $about }
grid-picture = 图片 { $n }
grid-taken-back = 已撤销：它们是什么？
grid-undone = 已撤销 { $n } 个答案
grid-not-stored = { $n } 个未保存：{ $reason }
grid-not-undone = { $n } 个未撤销：{ $reason }
grid-answers-wait = 答案等待发送。

review-chosen =
    { $n ->
        [0] 未选择
       *[other] 已选 { $n } 个
    }
review-choose-first = 请先选择样本。
review-no-class = 请先选择类别。
review-settled = 已处理 { $n } 个样本。
review-left = 有 { $n } 个在此期间已有新答案，保持原样。
review-taken-back = 已撤回 { $n } 个决定。
review-did-keep = 已保留
review-did-suggested = 已更改
review-did-class = 已标注
review-did-ask-again = 将重新询问
review-did-set-aside = 已搁置
review-did-not = 期间已有答案
