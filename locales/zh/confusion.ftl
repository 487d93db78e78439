# 哪些类别被误认为哪些。

confusion-title = 标签与预测
confusion-worst = { $label } 最常被误认为 { $guess }：{ $n } 次。
confusion-none = 尚无可比较的内容。
confusion-clean = 所有预测都与标签一致。
confusion-empty = 有审计答案可对照的第一轮之后，矩阵即会出现。
confusion-sets = 矩阵要求每个样本只有一个类别。各类别的精确率和召回率见洞察页。
confusion-about-audit = 仅审计样本，由最新一轮预测：反映它在与样本池类似的样本上的表现。
confusion-about-all = 全部标签，由未见过该标签的模型预测。被询问的样本比样本池更难，因此这不是准确率。
confusion-of = 计入的标签
confusion-audit = 审计集
confusion-all = 全部标签
confusion-corner = 标签 ↓ 预测 →
confusion-n = n
confusion-how = 行是人的标注，列是模型的预测；颜色越深，占该行比例越大。点击数字可打开相应样本。
confusion-list = 最常混淆
confusion-cell = { $label } 中 { $n } 个被认为是 { $guess }
confusion-chosen = { $n } 个样本标为 { $label }，预测为 { $guess }
confusion-open = 哪些类别被混淆
confusion-nav = 混淆
confusion-weighed = 按每个样本被提问的可能性加权（LURE），模型在样本池中的正确率为 { $share }。全部回答相当于 { $n } 个随机抽取的回答。
