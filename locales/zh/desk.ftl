desk-title = 标注 { $project }
desk-sample = 样本
desk-loading = 样本正在加载，会自动重试。您可以跳过。
desk-empty = 目前没有可标注的样本
desk-show = 显示一个样本
desk-classes = 类别
desk-skip = 跳过
desk-undo = 撤销
desk-flag = 提问
desk-guide-key = 指南
desk-find = 查找类别
desk-store = 保存
desk-none-of-these = 都不是
desk-keys = 按键
desk-similar = 相似样本
desk-look = 查看图片
desk-zoom-out = 缩小
desk-zoom-in = 放大
desk-zoom = 缩放
desk-fit = 适应
desk-adjust-title = 调整图片
desk-more = 增加
desk-less = 减少
desk-invert = 反色
desk-as-it-is = 还原
desk-adjust-note = 仅在此浏览器中生效；图片本身不变。
series-look = 查看时间序列
series-same-axes = 相同坐标轴
series-same-axes-about = 所有样本使用相同的 y 轴，范围取自已显示的样本
desk-side = 进度与指南
desk-progress = 进度
desk-today = 您今天
desk-goal = 今日回答
desk-goal-met = 今天的任务已完成，谢谢。
desk-repeats = 有些样本过一段时间会再次出现，以了解它们是否清楚。
desk-total = 您的总数
desk-pace = 您的速度
desk-labeled = 已标注
desk-skipped = 已跳过
desk-past = 您最近的答案
desk-back = 后退
desk-forth = 前进：查看或更改答案
desk-guide = 指南
desk-example = { $class } 的示例 { $n }

desk-why-random = 随机抽取：尚无排序
desk-why-chosen = 在地图上选定；部分问题是盲检
desk-why-coverage = 为覆盖样本池而选：尚无模型
desk-why-auto = 选在能最大程度消除样本池疑问之处；部分问题是盲检
desk-why-auto-round = 由第 { $round } 轮的委员会选在能最大程度消除样本池疑问之处；部分问题是盲检
desk-why-ranked = 按 { $strategy } 排序；部分问题是盲检
desk-why-ranked-round = 由第 { $round } 轮的委员会按 { $strategy } 排序；部分问题是盲检

desk-empty-no-samples = 项目还没有样本。管理员导入后会出现在这里。
desk-empty-done = 全部 { $n } 个样本都有答案了。谢谢，队列已完成。以后导入的样本会出现在这里。
desk-empty-done-but = 全部 { $n } 个样本都有答案了，其中 { $skipped } 个被跳过。谢谢，队列已完成。以后导入的样本会出现在这里。
desk-empty-all-skipped = 全部 { $n } 个样本都被跳过，没有可用于训练的标签。以后导入的样本会出现在这里。
desk-empty-with-others = 最后 { $n } 个样本在其他人那里。如果半小时内无人回答，它们会回到这里。

desk-no-round = 无法训练：服务器缺少 ONNX Runtime
desk-no-samples = 需要先导入样本
desk-encoding = 样本编码完成后进行第一轮
desk-encoding-failed = 无法进行轮次：样本编码失败；负责人可在设置页查看原因
desk-round-failed = 上一轮失败；负责人可在轮次页查看原因，下一个答案会请求新的一轮
desk-first-answers = 有了最初的答案就开始训练
desk-first-round = 第一轮训练即将开始
desk-nothing-labeled = 还没有标签：所有答案都是跳过
desk-one-answer = 目前所有标签都相同；训练需要第二个类别
desk-finished-untrained = 队列已完成；训练需要抽检集之外两个类别的标签
desk-last-answers = 最后 { $n } 个答案将在 { $minutes } 分钟内用于训练
desk-finished = 队列已完成，所有答案都已用于训练
desk-round-due = 新一轮训练将自动进行
desk-next-round =
    { $n ->
        [1] 下一个答案将触发训练
       *[other] 再回答 { $n } 个后开始下一轮
    }

first-key = 按一个键即可回答并继续。
first-tap = 点按即可回答并继续。
first-back = Z 撤销，S 跳过。
first-swipe = 向右滑返回上一个，向左滑跳过。
first-saved = 每个答案都会立即保存。
first-seen = 知道了

skip-title = 跳过此样本。原因？
skip-unsure = 我不确定
skip-bad-data = 样本有问题
skip-not-in-list = 类别不在列表中
skip-other = 其他原因
skip-what = 是什么？
skip-with-note = 附上说明并跳过
skip-not = 不跳过

flag-title = 就此样本向负责人提问
flag-what = 想告诉负责人什么？
flag-about = 样本仍在您面前：请照常回答或跳过。负责人的回复会显示在这里。

search-title = 查找类别
search-part = 名称的一部分
search-none = 没有名称包含此内容的类别。
search-choose = 选择
search-answers = 回答
search-turns = 选中或取消
search-closes = 关闭

keys-title = 您的按键
keys-about = 选择类别，再按下它的键。按键随您的账户保存，仅用于此项目。
keys-defaults = 恢复默认
text-sample = 待标注的文本
text-look = 文本的显示方式
text-smaller = 缩小文字
text-larger = 放大文字
text-size = 文字大小
text-serif = 衬线字体
text-wide = 加宽
text-marks = 模型依据的词
text-letter = A
table-sample = 待标注的行
table-look = 行的显示方式
table-marks = 模型依据的列
