# Pages of projects where a sample has any number of classes: what they say in place of other texts.

home-task = Classes of a sample
home-task-single = exactly one
home-task-multi = any number, or none of these
settings-labels-sets = the column "{ $column }" of the CSV, with { $sign } between classes

insight-micro-f1 = Micro F1
insight-micro-f1-column = micro F1
insight-precision = precision
insight-recall = recall

measure =
    { $measure ->
        [exact-match] exact match
       *[accuracy] accuracy
    }
measure-title =
    { $measure ->
        [exact-match] Exact match
       *[accuracy] Accuracy
    }
