# What background work says of itself on pages.

between-parts = { ", " }
stage-importing = Importing
stage-taking-back = taking back
stage-exporting = Exporting
stage-fastest-batch = Looking for the fastest batch size
stage-encoding = Encoding
stage-dictionary = Learning the encoder: dictionary
stage-projection = Learning the encoder: projection
stage-checking = Checking the model against the committee
stage-random-line = Measuring what random labeling would reach
note-few-audit-labels = The random line needs { $n } audit labels
note-random-line = Random line from { $n } audit labels
note-diagnosed = { $ways } ways of learning compared on { $labels } labels
stage-map = Arranging the map
stage-diagnosing = Measuring what would help
note-round = Round { $number }: { $labels } labels, { $ms } ms
note-ranked = { $n } samples ranked by coverage
note-nothing-encoded = Nothing is encoded yet
note-nothing-to-encode = There is nothing to encode yet
note-encoded = { $n } encoded, { $all } in all
note-unread = { $n } could not be read
note-speed = { $ms } ms per sample in batches of { $batch } on { $provider }
note-switched = the project uses this encoder now
note-nothing-to-learn = There is nothing to learn from yet
note-learned = Learned an encoder from the pool
note-learned-aside = Learned an encoder; another one was chosen meanwhile and stays
note-copies = Augmented copies ready for { $n } labeled samples, { $new } of them new
note-taken-back = { $samples ->
    [one] 1 sample left
   *[other] { $samples } samples left
  }, { $labels ->
    [one] 1 label taken back
   *[other] { $labels } labels taken back
  }
note-imported = { $added } added, { $there } there already, { $refused } refused
note-labels-taken = { $n } labels taken
note-contradictions = { $n } labels contradict those that stand
note-passed-over = { $n } passed over
note-new-classes = new classes: { $names }
note-model = Round { $round }, { $input }, { $precision }: largest difference { $difference } on { $n } samples
note-exported = { $n } labels in { $file }
note-exported-before = { $file } was written before
note-tried = { $n } numbers per sample, { $ms } ms each
note-mapped = A map of { $n } samples
note-mapped-trust = A map of { $n } samples, trustworthiness { $trust }
note-drift =
    { $n ->
        [one] 1 import compared with the pool before it
       *[other] { $n } imports compared with the pool before them
    }
note-replay-without-seed = Stopped before every strategy had finished one seed; the result before is kept
note-replay-stopped = Stopped after { $n } of { $wanted } seeds of { $strategies }
note-replayed = { $n } seeds of { $strategies } on { $samples } labeled samples
note-interrupted = Interrupted when the server stopped; it goes on at the next start
note-failed = That failed.
note-failed-because = { $what } (In English: { $causes })
note-stuck = The server ended three times during this work, so it is not tried again; the log may say why. Change what it works on, then ask for it again
note-removed =
    { $n ->
        [one] 1 sample removed for good
       *[other] { $n } samples removed for good
    }
stage-removing = removing
