home-task = 图片的类别
home-task-single = 恰好一个
home-task-multi = 任意多个，或都不是
settings-labels-sets = CSV 的“{ $column }”列，类别之间用 { $sign } 分隔

insight-sets-unmeasured = 完全匹配率和 F1 在抽检样本上测量，这些样本混在问题之中。模型训练完成且部分抽检样本有了答案后，结果会显示在这里。
insight-sets-reached = { $n } 个标签：{ $share } 的样本整组正确。
insight-sets-measured = 随机抽取的 { $all } 个抽检样本中有 { $n } 个整组类别正确，不多也不少（95 % 区间 { $low } 至 { $high }）。
insight-sets-chart = 抽检集完全匹配率随训练标签数的变化。{ $headline }
insight-sets-chart-about = 每轮一个点：该轮整组类别都正确的抽检样本比例（完全匹配率）。这一标准较严，旁边的 F1 逐个类别计算。色带为 95 % 区间（Wilson），抽检答案越多越窄。所有点都在相同的抽检样本上测量。
insight-exact-match = 完全匹配率
insight-exact-match-fact = 完全匹配率
insight-micro-f1 = 微平均 F1
insight-micro-f1-column = 微平均 F1
insight-precision = 精确率
insight-recall = 召回率

rounds-exact-match = 抽检集完全匹配率
