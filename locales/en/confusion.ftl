# Which classes are taken for which.

confusion-title = Labels against predictions
confusion-worst = { $label } is taken for { $guess } most often: { $n } times.
confusion-none = Nothing to compare yet.
confusion-clean = Every prediction agrees with its label.
confusion-empty = The matrix begins with the first round that has audit answers to be held against.
confusion-sets = A matrix needs samples with one class each. Precision and recall of each class are on the insight page.
confusion-about-audit = Audit samples alone, predicted by the newest round: what it does on samples like the pool's.
confusion-about-all = All labels, predicted by models that had not seen each. Asked samples are harder than the pool, so this is no measure of accuracy.
confusion-of = Counted labels
confusion-audit = On the audit set
confusion-all = On all labels
confusion-corner = label ↓ prediction →
confusion-n = n
confusion-how = A row is what people said, a column what the model said; darker is a larger share of the row. A number opens its samples.
confusion-list = Most confused
confusion-cell = { $n } of { $label } taken for { $guess }
confusion-chosen =
    { $n ->
        [one] 1 sample labeled { $label }, predicted { $guess }
       *[other] { $n } samples labeled { $label }, predicted { $guess }
    }
confusion-open = Which classes are confused
confusion-nav = Confusions
confusion-weighed = Weighed by how likely each sample was to be asked (LURE), the model is right in { $share } of the pool. All answers together are worth { $n } drawn at random.
