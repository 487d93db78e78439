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
insight-departed = { $n } 个样本已离开抽检集，因为在样本池中发现了它们的副本。
insight-point = 第 { $round } 轮：{ $n } 个标签，{ $share }（{ $low } 至 { $high }）

insight-round-age = 第 { $round } 轮 · { $age }
insight-encoding = 正在编码样本池
insight-encoding-failed = 编码失败
insight-encoding-bar = 编码
insight-encoding-part = { $n } / { $all }（{ $percent } %）
insight-label-now = 现在就可以开始标注。
insight-efficiency = 标注效率
insight-chart = 抽检集{ measure }随训练标签数的变化。{ $headline }
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
