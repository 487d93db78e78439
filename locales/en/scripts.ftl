# What scripts say on the desk and on the page of groups. The browser gets this file as it is.

saved = Saved
saving-answers =
    { $n ->
        [one] Saving 1 answer
       *[other] Saving { $n } answers
    }
saving-groups =
    { $n ->
        [one] Saving 1 group
       *[other] Saving { $n } groups
    }
pace = { $n } a minute
unreachable = The server cannot be reached.
unreachable-again = The server cannot be reached; try again in a moment.
answered-status = The server answered { $status }; try again in a moment.
answers-wait-full =
    { $n ->
        [one] The server's disk is full. 1 answer waits here and is sent as soon as there is room; tell your admin.
       *[other] The server's disk is full. { $n } answers wait here and are sent as soon as there is room; tell your admin.
    }
answers-wait =
    { $n ->
        [one] The server has a problem. 1 answer is not sent yet; it is kept on this device and sent as soon as the server works again.
       *[other] The server has a problem. { $n } answers are not sent yet; they are kept on this device and sent as soon as the server works again.
    }
offline = You are offline.
offline-short = Offline
offline-answers =
    { $n ->
        [one] Offline: 1 answer not sent
       *[other] Offline: { $n } answers not sent
    }
offline-groups =
    { $n ->
        [one] Offline: 1 group not sent
       *[other] Offline: { $n } groups not sent
    }
answers-kept =
    { $n ->
        [one] { $why } 1 answer is not sent yet and kept on this device. Keep labeling: it is sent as soon as the connection is back.
       *[other] { $why } { $n } answers are not sent yet and kept on this device. Keep labeling: they are sent as soon as the connection is back.
    }
groups-kept =
    { $n ->
        [one] { $why } 1 group is not sent yet and kept on this device. It is sent as soon as the connection is back.
       *[other] { $why } { $n } groups are not sent yet and kept on this device. They are sent as soon as the connection is back.
    }
goes-on = { $why } Labeling goes on by itself as soon as the connection is back.
session-over = Your session has ended.
session-over-kept = Your session has ended. Your answers are kept here and will be sent.
somebody-else = Somebody else is signed in. Your answers are kept here and will be sent once it is you.
wrong-password = Name or password is wrong.
too-many-passwords = Too many wrong passwords; wait a few minutes.
not-stored = Not stored: { $reason }
not-changed = Not changed: { $reason }
not-undone = Not undone: { $reason }
not-flagged = Not sent to the lead: { $reason }
not-saved = Not saved: { $reason }

desk-to-label = Sample to label
offline-title = You are offline
unreachable-title = The server cannot be reached
offline-nothing = The samples that were loaded ahead are used up. The next one appears by itself as soon as the connection is back.
offline-kept =
    { $n ->
        [one] The samples that were loaded ahead are used up. Your answer is kept on this device, even if you close this page. As soon as the connection is back it is sent, and the next sample appears.
       *[other] The samples that were loaded ahead are used up. Your { $n } answers are kept on this device, even if you close this page. As soon as the connection is back they are sent, and the next sample appears.
    }
desk-chosen = { $class }: chosen
desk-not-chosen = { $class }: not chosen
desk-nothing-chosen = Nothing is chosen yet.
desk-n-chosen =
    { $n ->
        [one] 1 class is chosen.
       *[other] { $n } classes are chosen.
    }
desk-choose-or-none = Nothing is chosen: choose a class, or say that it has none of these.
desk-was = Was: { $answer }
desk-taken-back = You took this answer back: answer again, or skip
desk-last-answer = The last answer: { $answer }
desk-answers-back = { $n } answers back: { $answer }
desk-change-it = A key changes it · , and . go back and forth · Esc goes on
desk-touch-it = Tap a class to change it · swipe for the answers before and after
desk-change-set = Keys change it, Enter stores · , and . go back and forth · Esc goes on
desk-touch-set = Tap classes to change it, then Store · swipe for the answers before and after
desk-changed-to = Changed to { $answer }
desk-change-undone = Change taken back
desk-answer-undone = Answer taken back
desk-opinion = The committee: { $class }, { $percent }{ "\u00A0" }%
desk-adjust = Adjust
desk-adjusted = Adjusted
desk-adjusted-to = { $what } { $percent } percent
desk-brightness = Brightness
desk-contrast = Contrast
desk-inverted = Inverted
desk-not-inverted = Not inverted
desk-reset = The picture as it is
skipped = skipped
skipped-because = skipped: { $reason }
none-of-these = none of these
another-class = another class
list-comma = { ", " }

keys-press = Press the key for { $class }; Backspace for none.
keys-taken = { $key } does something else on the desk. Press another key for { $class }.
keys-space = Space
keys-none = none
keys-set = { $class }: { $key }.
keys-swapped = { $class } had it and now has { $key }.

flag-you = You
flag-sent = Sent to the lead
flag-kept = Kept on this device; it goes to the lead as soon as the connection is back
flag-answered = The lead has answered a flag
flag-answers =
    { $n ->
        [one] 1 answer
       *[other] { $n } answers
    }
flag-done = done
flag-waits = Waits for the lead.
flag-new = new

grid-title = Many at a time
grid-waits =
    { $n ->
        [one] Waiting for 1 sample
       *[other] Waiting for { $n } samples
    }
grid-choose = Choose a class
grid-all = Are these all { $class }?
grid-what = What are these?
grid-leave-out = Leave all out
grid-are =
    { $n ->
        [one] 1 is { $class }
       *[other] { $n } are { $class }
    }
grid-shown =
    { $n ->
        [one] 1 sample. { $about }
       *[other] { $n } samples. { $about }
    }
grid-picture = Sample { $n }
grid-taken-back = Taken back: what are they?
grid-undone =
    { $n ->
        [one] 1 answer taken back
       *[other] { $n } answers taken back
    }
grid-not-stored = { $n } not stored: { $reason }
grid-not-undone = { $n } not taken back: { $reason }

review-chosen =
    { $n ->
        [0] None selected
        [one] 1 selected
       *[other] { $n } selected
    }
review-choose-first = Select samples first.
review-no-class = Choose a class first.
review-settled =
    { $n ->
        [one] 1 sample settled.
       *[other] { $n } samples settled.
    }
review-left =
    { $n ->
        [one] 1 was answered meanwhile and was left as it is.
       *[other] { $n } were answered meanwhile and were left as they are.
    }
review-taken-back =
    { $n ->
        [one] 1 decision taken back.
       *[other] { $n } decisions taken back.
    }
review-did-keep = kept
review-did-suggested = changed
review-did-class = labeled
review-did-ask-again = asked again
review-did-set-aside = set aside
review-did-not = answered meanwhile
grid-answers-wait = The server has a problem. Your answers are kept on this device and sent as soon as it works again.
text-length =
    { $n ->
        [one] 1 word
       *[other] { $n } words
    }

series-of =
    { $n ->
        [one] Time series of 1 step
       *[other] Time series of { $n } steps
    }
series-range = { $name }: { $low } to { $high } { $unit }
series-step = step { $n }
series-missing = missing
series-axes-same = Every sample has the same y axis
series-axes-own = Each sample has its own y axis
table-missing = not given
table-higher = higher than { $n } % of those seen
table-yes = yes
table-no = no
