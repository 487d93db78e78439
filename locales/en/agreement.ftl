# Second opinions, how well people agree, and what they disagree on.

agreement-title = Agreement
agreement-accuracy = Efficiency
agreement-disputed = Disagreements
agreement-csv = CSV

agreement-head-none = Nobody has given a second opinion yet.
agreement-head-few = Too few second opinions to judge yet.
agreement-head-well = People agree well.
agreement-head-well-except = People agree well, except between { $first } and { $second }.
agreement-head-partly = People agree on most samples, not on all.
agreement-head-partly-except = People agree on most samples, less so between { $first } and { $second }.
agreement-head-badly = People often disagree: the guide should say more.
agreement-head-badly-except = People often disagree, most of all between { $first } and { $second }.
agreement-numbers =
    { $n ->
        [one] 1 of { $labeled } labeled samples was answered by several people, none of whom saw another's answer. All said the same on { $same }.
       *[other] { $n } of { $labeled } labeled samples were answered by several people, none of whom saw another's answer. All said the same on { $same }.
    }
agreement-numbers-none = Second opinions show how far labels can be trusted, and where the guide is unclear. The settings say which samples go to several people.
agreement-disputed-only = These were asked again because the model disagreed, so people agree less on them than on others.

agreement-alpha = Krippendorff's alpha
agreement-interval = 95 % interval { $low } to { $high }
agreement-aloud = On a scale from 0 to 1, alpha is { $value }, between { $low } and { $high }.
agreement-chance = chance
agreement-tentative = tentative
agreement-tentative-from = 0.67
agreement-reliable = reliable
agreement-reliable-from = 0.80
agreement-about-reliable = Agreement beyond chance. From 0.80 on, one person's label can be trusted; more second opinions would change little.
agreement-about-open = Agreement beyond chance. The interval reaches across 0.80: more second opinions will tell whether one person's label can be trusted.
agreement-about-tentative = Agreement beyond chance. Below 0.80, what rests on one person's label is tentative: settle what is disputed, and say more in the guide.
agreement-about-weak = Agreement beyond chance. Below 0.67, one person's label says too little: make the guide clearer, and ask several people.
agreement-also = Fleiss' kappa { $kappa }; the same answer by all on { $share } of the samples.
agreement-by-class = By class, weakest first
agreement-class = class
agreement-samples = samples
agreement-alpha-column = alpha
agreement-value = value
agreement-scale-note = Each class against all others, on a scale from { $from } to 1. The upright line marks 0.80; bars are 95 % intervals.
agreement-cure = Where the guide could say more
agreement-cure-about = { $n } of the { $all } disagreements are { $first } against { $second }.
agreement-edit-guide = Edit the guide
agreement-by-pair = By pair
agreement-pair-n = n { $n }
agreement-pairs-note = Cohen's kappa.
agreement-pairs-wide = With { $n } shared samples, { $first } and { $second } could lie anywhere from { $low } to { $high }.
agreement-change = Change
agreement-second-none = Every sample goes to one person.
agreement-second-share = { $share } of the samples go to { $people } people.
agreement-second-disputed = So do those on which a person and the model disagree.
agreement-second-disputed-only = Samples on which a person and the model disagree go to { $people } people.
agreement-second-waiting =
    { $n ->
        [one] 1 sample waits for another person.
       *[other] { $n } samples wait for another person.
    }
agreement-rule-newest = The label is the newest answer.
agreement-rule-majority = The label is the answer that most gave; of equals, the first.
agreement-rule-weighted = The label is the likeliest answer by how reliable each person is.
agreement-rule-adjudicated = The label is the first answer until a reviewer decides.

agreement-settle =
    { $n ->
        [one] 1 disagreement to settle
       *[other] { $n } disagreements to settle
    }
agreement-settle-none = No disagreement waits
agreement-settle-about = Samples that several people answered differently come here to be settled.
agreement-settled = { $n } settled
agreement-open-sample = Open this sample
agreement-guide = Guide
agreement-another = Another class
agreement-third = Ask one more person
agreement-later = Later
agreement-next = Next
agreement-more = and { $n } more
agreement-done = Settled.
agreement-order = The costliest first: labels that are likely wrong, of classes that have few.

agreement-people = Annotators
agreement-person = person
agreement-answers = answers
agreement-median = seconds, median
agreement-minutes = active minutes
agreement-skips = skips
agreement-same = same answer as others, { $from } to 100 %
agreement-share = share
agreement-with-themselves = as before
agreement-again = { $share } of { $n }
agreement-consistency =
    { $n ->
        [one] 1 answer was asked for again from the same person: the same answer in { $share }.
       *[other] { $n } answers were asked for again from the same people: the same answer in { $share }.
    }
agreement-kappa = Cohen’s kappa with themselves: { $kappa }.
agreement-people-note = By name, not by rank: people get different samples, and reviewers get the hard ones. Active minutes are answers times median seconds, so breaks do not count. A skip is an answer too.

agreement-leases = With people now
agreement-leases-none = No sample is with anybody.
agreement-lease-sample = sample
agreement-lease-since = since
agreement-lease-ends = ends
agreement-lease-in = in { $n }{ "\u00A0" }min
agreement-free = Free
agreement-free-sample = Free { $name }
agreement-leases-note = A freed sample goes to whoever asks next. An answer to it that is under way is refused, and the person is told.

second-title = Second opinions
second-share = Samples for several people, in %
second-people = People per sample
second-disputed = Also samples on which a person and the model disagree
second-doubted = Labels in doubt to ask again, at most, in %
second-audit = Also samples of the audit set
second-rule = The label is
second-about = Nobody sees what others said before answering, and nobody is asked twice. Until all have answered, the first answer is the label, so rounds go on.
label-rule-newest = the newest answer
label-rule-majority = the answer that most gave
label-rule-weighted = the likeliest, by how reliable people are
label-rule-adjudicated = the first, until a reviewer decides
