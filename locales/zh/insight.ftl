insight-none = 还没有标签。
insight-none-about = 最初的答案会训练出第一个模型，随后此页会说明这些标签带来了什么。
insight-unmeasured = 目前有 { $n } 个标签；尚无测量结果。
insight-unmeasured-about =
    { $measure ->
        [exact-match] 完全匹配率和 F1 在抽检样本上测量，这些样本混在问题之中。模型训练完成且部分抽检样本有了答案后，结果会显示在这里。
       *[accuracy] 准确率在抽检样本上测量，这些样本混在问题之中。模型训练完成且部分抽检样本有了答案后，结果会显示在这里。
    }
insight-so-far = 目前有 { $n } 个标签。
insight-too-few = 只有 { $n } 个抽检答案，不足以下结论。
insight-reached =
    { $measure ->
        [exact-match] { $n } 个标签：{ $share } 的样本整组正确。
       *[accuracy] { $n } 个标签达到 { $share } 的准确率。
    }
insight-measured =
    { $measure ->
        [exact-match] 随机抽取的 { $all } 个抽检样本中有 { $n } 个整组类别正确，不多也不少（95 % 区间 { $low } 至 { $high }）。
       *[accuracy] 随机抽取的 { $all } 个抽检样本中有 { $n } 个正确（95 % 区间 { $low } 至 { $high }）。
    }
insight-never-trained = 它们从不用于训练。
insight-blind = 它们经盲标得到，从不用于训练。
insight-imported = 其中 { $n } 个抽检标签来自导入，并非盲标。
insight-reviewed = 其中 { $n } 个抽检标签是在复核中确定的，复核时会显示模型的看法，因此并非盲标。
insight-retired = { $n } 个样本已从抽检集退出。
insight-departed = { $n } 个样本已离开抽检集，因为在样本池中发现了它们的副本。
insight-point = 第 { $round } 轮：{ $n } 个标签，{ $share }（{ $low } 至 { $high }）

insight-round-age = 第 { $round } 轮 · { $age }
insight-encoding = 正在编码样本池
insight-encoding-failed = 编码失败
insight-encoding-bar = 编码
insight-encoding-part = { $n } / { $all }（{ $percent } %）
insight-label-now = 现在就可以开始标注。
insight-efficiency = 标注效率
insight-chart = 审计集上的{ $shown }，横轴为{ $across }。{ $headline }
insight-chart-x = 训练标签
insight-chart-about =
    { $measure ->
        [exact-match] 每轮一个点：该轮整组类别都正确的抽检样本比例（完全匹配率）。这一标准较严，旁边的 F1 逐个类别计算。色带为 95 % 区间（Wilson），抽检答案越多越窄。所有点都在相同的抽检样本上测量。
       *[accuracy] 每轮一个点：该轮在抽检样本上的正确率。色带为 95 % 区间（Wilson），抽检答案越多越窄。所有点都在相同的抽检样本上测量。
    }
insight-chart-empty = 有抽检答案可供测量的第一轮训练完成后，图表开始显示。
insight-next = 下一轮
insight-next-comes = { $what }。
insight-last-round = 上一轮用 { $n } 个标签训练，在 { $provider } 上耗时 { $took }。
insight-strategy = 策略：{ $strategy }。
insight-train = 立即训练
insight-others = 其他策略
insight-others-about = 回放用现有标签模拟多种策略，说明各自会带来什么。
insight-replay = 回放
insight-standing = 现状
insight-samples = 样本
insight-pool = 样本池
insight-labeled = 已标注
insight-skipped = 已跳过
insight-audit = 抽检标签
insight-macro-f1 = 宏平均 F1
insight-not-yet = 尚无
insight-classes = 按类别，最弱的在前
insight-classes-table = 按类别
insight-no-classes = 项目还没有类别。
insight-class = 类别
insight-labels = 标签
insight-class-audit = 抽检
insight-f1-on-audit = 抽检集 F1
insight-f1 = F1
insight-f1-of = { $class } 的 F1
insight-rounds = 训练轮次
insight-rounds-table = 已测量的轮次
insight-no-rounds = 还没有已测量的轮次。
insight-round = 轮次
insight-interval = 95 % 区间
insight-macro-f1-column = 宏平均 F1
insight-strategy-column = 策略
insight-points = 已测量 { $n } 轮。
insight-for-programs = 供程序使用：

insight-random-needed = 随机标注大约需要 { $n } 个。
insight-random-more = 随机标注需要超过 { $n } 个。
insight-no-gain = 尚未测得优于随机的收益。
insight-saved = 目前节省了 { $share } 的标签（95 % 区间 { $low } 至 { $high }）。
insight-saved-least = 按 95 % 区间，目前至少节省了 { $share } 的标签。
insight-no-gain-about = 随机标注需要 { $low } 至 { $high } 个标签（95 % 区间）。更多审计答案会缩小区间；重放可在已有标签上比较各策略；更强的编码器往往最有帮助。
insight-no-gain-far = 超过 { $n } 个标签后，无法得知随机标注能达到的水平：样本池没有更多样本，或审计集相对太小。重放可在已有标签上比较各策略。
insight-no-gain-open = 随机标注需要 { $low } 个或更多标签（95 % 区间）。更多审计答案会缩小区间；重放可在已有标签上比较各策略；更强的编码器往往最有帮助。
insight-random-waits = 有 { $n } 个审计样本被标注后，将与随机标注比较。
insight-bridge = 约节省 { $n } 个标签
insight-random = 随机
insight-random-beyond = 随机（外推）
insight-target = 目标 { $share } %
insight-changed-at = { $n } 个标签时：{ $what }
insight-changed-strategy = 策略 { $name }
insight-changed-encoder = 编码器 { $name }
insight-changed-class = 新类别 { $name }
insight-changed-retired = 类别 { $name } 停用
insight-changed-audit = { $n } 个样本离开审计集
insight-point-bare = 第 { $round } 轮：{ $n } 个标签，{ $share }
insight-view-measure = 指标
insight-view-axis = 横轴
insight-view-scale = 刻度
insight-by-labels = 标签
insight-by-hours = 小时
insight-by-cost = 费用
insight-linear = 线性
insight-log = 对数
insight-recall-of = { $class } 的召回率
insight-chart-hours = 有效工时（小时）
insight-chart-cost = 费用 { $currency }
insight-steps = 图表；用方向键逐轮查看
insight-about-macro-f1 = 每轮一个点：审计集上各类别 F1 的平均值，稀有类别与常见类别同等重要。最新一点带有自助法 95 % 区间。
insight-about-recall = 每轮一个点：在具有此类别的审计样本中被预测出该类别的比例，带 Wilson 95 % 区间。
insight-about-random = 灰线是随机标注：用随机抽取的 { $n } 个审计标签的一部分训练模型，在其余部分上测量。测量到 { $to } 个标签为止；其后的虚线是幂律外推。节省的标签数是在相同样本上比较得出的。
insight-about-hours = 小时指有效时间：每个答案最多计为本人中位数的五倍，休息不计。
insight-full = 全屏
stop-title = 继续还是停止？
stop-stop = 停止。
stop-regardless = 仍然继续。
stop-go-on = 继续。
stop-too-early = 为时尚早。
stop-no-rule = 未选择规则。
stop-go-on-regardless = 仍然继续
stop-gain = 接下来的 100 个标签预计增加 { $n } 个百分点（{ $low } 至 { $high }）。
stop-cost = 费用约 { $cost }。
stop-gain-unknown = 再经过几轮和若干审计答案后，才能看出更多标签会带来多少。
stop-rule-stable = 预测稳定
stop-rule-target = 达到目标
stop-rule-target-of = 达到目标 { $share } %
stop-rule-doubt = 样本池中的疑问
stop-rule-gain = 接下来 100 个的收益
stop-rule-budget = 预算
stop-about-stable = 审计集上相继模型最近三次比较的平均 kappa，模型之间标签至少相差 2 %。达到 0.99 即停止（Bloodgood 与 Vijay-Shanker 2009）。
stop-about-target = 无论查看多少次都成立的区间的下限。达到目标即停止。
stop-about-doubt = 委员会在样本池上的平均熵占最大可能值的比例。低于 5 % 即停止。
stop-about-gain = 按曲线的幂律，接下来 100 个标签所增加的 90 % 区间上限。低于最小收益即停止。
stop-about-budget = 已花费的标签，包括审计集。
stop-no-target = 无目标
stop-no-budget = 无预算
stop-at-least = 至少 { $share }
stop-at-most = 至多 { $n } 个百分点
stop-met = 建议停止
stop-unmet = 建议继续
stop-goal = 目标、价格与规则
stop-field-target = 目标（百分比）
stop-field-budget = 预算（标签数）
stop-field-price = 价格
stop-field-currency = 货币
stop-field-per = 每
stop-per-label = 标签
stop-per-hour = 小时
stop-field-gain = 接下来 100 个标签的最小收益（百分点）
stop-field-rules = 在以下情况建议停止
stop-all = 全部规则都如此时
stop-any = 任一规则如此时
stop-save = 保存
take-svg = SVG
take-png = PNG
take-csv = CSV
take-json = JSON

insight-powered = 预测增强估计
insight-about-powered = 每轮一个点：同一比例，用预测增强推断（prediction-powered inference）估计。委员会对尚无标签的抽检样本的把握程度补充了标签提供的信息，因此 95 % 区间更窄。
