home-task = 样本的类别
home-task-single = 恰好一个
home-task-multi = 任意多个，或都不是
settings-labels-sets = CSV 的“{ $column }”列，类别之间用 { $sign } 分隔

insight-micro-f1 = 微平均 F1
insight-micro-f1-column = 微平均 F1
insight-precision = 精确率
insight-recall = 召回率

measure =
    { $measure ->
        [exact-match] 完全匹配率
       *[accuracy] 准确率
    }
measure-title =
    { $measure ->
        [exact-match] 完全匹配率
       *[accuracy] 准确率
    }
