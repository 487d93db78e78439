# The map of the pool.

between-sentences = { " " }
map-nav = map
map-title = Map of the pool
map-headline =
    { $n ->
        [one] 1 sample on the map
       *[other] { $n } samples on the map
    }
map-headline-doubt = Most doubtful samples are taken for { $classes }
map-none = Nothing is encoded yet. The map appears once the encoder has seen samples.
map-colour-by = Colour by
map-by-label = Label
map-by-prediction = Prediction
map-by-doubt = Doubt
map-by-state = Unlabeled
map-by-more = More …
map-by-import = Import
map-by-round = Round that asked
map-loading = Loading the points …
map-only = Show
map-only-all = all samples
map-shown = { $n } of { $all } shown, audit samples left out
map-no-script = The map needs scripts. The table below says the same in numbers.
map-image =
    { $n ->
        [one] 1 sample as a dot. The table below gives the numbers.
       *[other] { $n } samples as dots. The table below gives the numbers.
    }
map-tools = Map tools
map-lasso = Lasso: draw around samples
map-pan = Move the map
map-in = Zoom in
map-out = Zoom out
map-all = Show the whole map
map-view = Select what is in view
map-read-neighbours = Samples close together look alike to the encoder. How far apart groups lie says little.
map-read-directions = Samples lie by the two directions in which the pool varies most. A map that keeps neighbours together is arranged in the background.
map-trust = Trustworthiness { $trust }; at 1, all that is close on the map is alike.
map-key-lasso = lasso
map-key-pan = move
map-key-zoom = zoom
map-key-all = all
map-key-view = select the view
map-table = The map in numbers
map-table-class = Class
map-table-labeled = Labeled
map-table-predicted = Predicted, unlabeled
map-table-doubtful = Doubtful among those
map-arrange = Arrange the map
map-selection = Selection
map-select-hint = Draw around samples with the lasso, or zoom in and select what is in view.
map-selected =
    { $n ->
        [0] Nothing selected
        [one] 1 selected
       *[other] { $n } selected
    }
map-selected-about = { $unlabeled } unlabeled, { $labeled } labeled.
map-selected-skipped = { $n } skipped.
map-selected-doubt = They hold { $here } of the { $all } most doubtful samples.
map-more-samples = { $n } more
map-guesses =
    { $n ->
        [one] What the committee takes the unlabeled one for
       *[other] What the committee takes the { $n } unlabeled for
    }
map-ask =
    { $n ->
        [one] Ask this one next
       *[other] Ask these { $n } next
    }
map-ask-some = Ask { $n } of these next
map-many = Label many at a time
map-tag = Tag …
map-clear = Clear
map-ask-about = Asked next, samples come before the ranked queue: the most doubtful first, near-duplicates once, at most { $n } at a time.
map-asked =
    { $n ->
        [one] 1 sample is asked next.
       *[other] { $n } samples are asked next.
    }
map-asked-copies =
    { $n ->
        [one] 1 near-duplicate is not asked.
       *[other] { $n } near-duplicates are not asked.
    }
map-asked-left = { $n } more were too many at once; ask for them later.
map-tag-title = Tag the selected samples
map-tag-column = Column
map-tag-value = Value
map-tag-do = Tag
map-tag-not = Cancel
map-tagged =
    { $n ->
        [one] 1 sample has { $column } = { $value } now.
       *[other] { $n } samples have { $column } = { $value } now.
    }
map-several = several classes
map-other-classes = other classes
map-doubt-high = most doubtful
map-doubt-some = somewhat doubtful
map-doubt-little = hardly doubtful
map-not-judged = not judged yet
map-other-values = other values
map-other-imports = other imports
map-no-value = no value
map-round = round { $round }
map-rounds = rounds { $first } to { $last }
map-no-round = not asked by a round
