# Pages of projects where a picture has any number of classes: what they say in place of other texts.

home-task = Classes of a picture
home-task-single = exactly one
home-task-multi = any number, or none of these
settings-labels-sets = the column "{ $column }" of the CSV, with { $sign } between classes

insight-sets-unmeasured = Exact match and F1 are measured on audit samples, which are mixed into the questions. They appear once a model is trained and some of them are answered.
insight-sets-reached =
    { $n ->
        [one] 1 label: the whole set is right for { $share }.
       *[other] { $n } labels: the whole set is right for { $share }.
    }
insight-sets-measured = For { $n } of { $all } randomly drawn audit samples the whole set of classes is right, neither more nor less (95 % interval { $low } to { $high }).
insight-sets-chart = Exact match on the audit set against training labels. { $headline }
insight-sets-chart-about = One point per round: the share of audit samples whose whole set of classes it gets right (exact match). It is strict; F1 beside it counts classes one by one. The band is the 95 % interval (Wilson); it narrows as more audit samples are answered. Every point is measured on the same audit samples.
insight-exact-match = exact match
insight-exact-match-fact = Exact match
insight-micro-f1 = Micro F1
insight-micro-f1-column = micro F1
insight-precision = precision
insight-recall = recall

rounds-exact-match = exact match on the audit set
