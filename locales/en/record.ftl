# The record of who did what.

record-title = Record
record-about = Who changed roles, settings, classes and models, who imported and exported, and who signed in. Answers are not here: each sample's page shows its own. Entries are never removed; where somebody was made anonymous, a number takes the place of the name.
record-table = Table (CSV)
record-person = Person
record-everybody = everybody
record-what = What
record-everything = everything
record-since = From day
record-until = To day
record-show = Show
record-entries = Entries of the record
record-none = Nothing is on record here.
record-when = When
record-details = Sent
record-from = From
record-fields =
    { $n ->
        [one] 1 field
       *[other] { $n } fields
    }
record-earlier = Earlier
record-command-line = command line

act-signed-in = signed in
act-signed-out = signed out
act-link-used = signed in by a link
act-password-changed = changed the password
act-token-made = made the token
act-token-revoked = revoked the token
act-sessions-ended = signed out everywhere else
act-session-ended = ended a session
act-person-added = added the person
act-link-made = made a sign-in link for
act-role-changed = changed the role of
act-person-disabled = disabled
act-person-enabled = enabled
act-project-made = made the project
act-goal-changed = changed the goal
act-went-on = went on although the rules advised to stop
act-leases-freed = freed samples
act-second-opinions-changed = changed second opinions
act-example-changed = changed whether this sample is an example:
act-newest-round-used = went back to the newest round
act-round-pinned = pinned round
act-round-unpinned = unpinned round
act-rolled-back = rolled back to round
act-export-asked = asked for an export:
act-model-asked = asked for the model
act-settings-changed = changed settings
act-augmentation-changed = changed augmented copies
act-cures-changed = changed what helps the committee to learn
act-class-added = added the class
act-class-renamed = renamed the class
act-class-retired = retired the class
act-encoder-chosen = chose the encoder
act-encoder-relearned = had the encoder learned anew
act-encoder-removed = removed the encoder
act-encoder-added = added the encoder
act-encoder-adopted = adopted an encoder that was tried
act-import-asked = imported
act-samples-tagged = tagged samples
act-other = did something new

settings-record = Who changed what
act-class-changed = changed the class
act-class-moved = moved the class
act-class-restored = brought back the class
act-class-deleted = deleted the class
act-class-merged = merged the class
act-class-parted = moved labels of the class
act-class-act-undone = undid an act on classes:
act-import-cancelled = cancelled import
act-import-undone = took back import
act-labels-sent = sent labels from
record-itself = the server
act-person-exported = saved all data of
act-person-deleted = deleted
act-person-anonymised = made anonymous:
act-project-archived = archived the project
act-project-restored = brought the project back
act-project-removed = removed the project for good:
act-samples-archived = archived samples
act-samples-restored = brought archived samples back
act-samples-removed = removed archived samples for good
act-joined = joined
act-provider-linked = connected to the sign-in provider:
