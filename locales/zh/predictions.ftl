# 外部模型页面。

predictions-title = 外部模型
predictions-nav = 外部模型
predictions-about = 将导入的预测与标签比较。它们不是标签，也不用于训练。
predictions-none = 尚未导入预测：请导入带有类别列的表格，并说明它们是预测。
predictions-models = 它们有多好
predictions-model = 模型
predictions-count = 预测数
predictions-audited = 抽检标签
predictions-accuracy = 准确率
predictions-both = 双方共有的抽检标签
predictions-on-both = 模型在其上的准确率
predictions-committee = 委员会的准确率
predictions-agree = 其他标签
predictions-agreeing = { $all } 个中 { $n } 个一致
predictions-how = 准确率在盲标的抽检集上测量，附 95%置信区间。委员会取自最新一轮，在相同样本上比较。
predictions-unknown = –
predictions-differ = { $n } 个标签与 { $model } 不同
predictions-picture = { $name }：标签 { $class }，预测 { $said }
