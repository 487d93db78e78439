# Names that are stored or that programs use: roles, states, kinds of work, causes, strategies, changes of pictures.

role-annotator = annotator
role-reviewer = reviewer
role-lead = lead
role-admin = admin

state-queued = queued
state-running = running
state-finished = finished
state-done = done
state-failed = failed

work-encode = encode
work-relearn = relearn
work-views = views
work-import = import
work-snapshot = snapshot
work-model = model
work-replay = replay
work-trial = trial

cause-answers = answers
cause-new-class = new class
cause-correction = correction
cause-audit-answer = audit answer
cause-time = time
cause-button = button
cause-command-line = command line
cause-pool-encoded = pool encoded
cause-pool-grew = pool grew
cause-views-made = views made
cause-views-switched-off = views switched off
cause-strategy-changed = strategy changed

strategy-auto = the default, ahead in our measurements; covers the pool, then asks where an answer leaves least doubt
strategy-random = the control that every other strategy must beat, and a safe choice when nothing is known
strategy-least-confidence = few classes, and the accuracy of the top answer is all that counts
strategy-margin = cheap and robust once every class has a few labels: asks where two classes compete
strategy-entropy = few classes whose whole distribution matters; weak with many classes and few labels
strategy-ratio = like margin, but relative: favours doubt among confident answers less
strategy-vote-entropy = members' hard votes; coarse, for committees of unlike models
strategy-consensus-entropy = entropy of the committee's mean: like entropy, steadier with few labels
strategy-max-disagreement = where one member departs most from the rest: finds what a single view sees
strategy-bald = where members are sure but disagree: skips samples that are ambiguous to everyone
strategy-power = margin with chance: the cheapest cure for batches of look-alikes
strategy-softmax = like power, but sharper: most questions stay near the top of the ranking
strategy-expected-gradient-length = the samples that would change the head most; close to entropy on frozen features
strategy-density-weighted = margin where the pool is dense: avoids outliers, at the price of rare classes
strategy-k-center = spreads over the whole space, outliers first; a reference, rarely the best
strategy-ranked-batch = k-center with a little uncertainty; a reference for those who come from modAL
strategy-badge = large batches: uncertain and different from each other, with no setting to tune
strategy-bait = enough labels for a fair head: the batch that lowers its expected error over the pool
strategy-drop-query = strong pretrained encoders: samples whose class flips when features are dropped
strategy-typi-clust = the very first labels: one typical sample of each large group
strategy-prob-cover = the very first labels of tight, well separated groups
strategy-max-herding = the very first labels: covers the pool evenly, needs no model
strategy-u-herding = few labels: covers the part of the pool that the model is unsure of
strategy-variance-reduction = from the first labels on: the batch that leaves least doubt over the pool
strategy-tcm = typical samples up to five labels per class, then margin: a simple and steady pair
strategy-cluster-margin = batches of hundreds: small margins, shared out over groups
strategy-falcun = diverse batches from probabilities alone; the fastest of the diverse rules
strategy-class-balanced = uneven classes: margin with more questions for classes that have few labels
strategy-epsilon-random = margin with one question in twenty at random, so that no sample is out of reach
strategy-error-reduction = small pools: tries each answer in thought, and takes what lowers the expected error
strategy-seals = classes of a percent or less: looks near their few known examples
strategy-refine = an ensemble: several strategies propose, and the best covering proposals are asked

change-mirror = Mirrored
change-flip = Upside down
change-turn = Turned
change-crop = Cropped
change-colour = Other light and colours
change-about-mirror = Left and right exchanged. Not for letters, digits, or left and right hands.
change-about-flip = Top and bottom exchanged. For pictures from above or under a microscope.
change-about-turn = Turned by quarters. For pictures without an upper side.
change-about-crop = A part of 75 to 95 % of each side. Not where what counts lies at the rim.
change-about-colour = Brightness, contrast and colours shifted. Not where the shade is the answer.

strategy-sets-mean-margin = the default: asks where most labels are in doubt; steady and cheap
strategy-sets-max-margin = asks where a single label is in doubt, however clear the others are
strategy-sets-mmc = like mean-margin, but measures doubt against the number of labels the model expects
strategy-sets-cvirs = label sets that look like none so far and are in doubt: finds new combinations
strategy-sets-lci = samples with unusually many or few labels; a building block, rarely the best alone
strategy-sets-adaptive = doubt and an unusual number of labels together: for sparse label sets
