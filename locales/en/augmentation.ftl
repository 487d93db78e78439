# The augmentation page. What the changes are called lies in names.ftl.

augmentation-page = Augmentation
augmentation-page-about = A labeled picture can also teach through changed copies of itself. Choose the changes after which an expert would still give the same answer.
augmentation-saved = Saved.
augmentation-saved-made = The copies are made in the background, and rounds use them from then on.
augmentation-changes = Changes that keep the answer
augmentation-no-pictures = As soon as pictures are imported, each change is shown on one of them.
augmentation-as-it-is = The picture as it is
augmentation-example = { $change }, example { $n }
augmentation-another = Show another picture
augmentation-worth = Whether it helps
augmentation-helps = They help: the last round learned from them.
augmentation-no-difference = No clear difference: the last round learned from them.
augmentation-no-help = They do not help at present: the last round learned from the pictures themselves.
augmentation-loss-without = Loss without copies
augmentation-loss-with = Loss with copies
augmentation-round = Round
augmentation-none = No change is chosen, so each picture teaches by itself.
augmentation-not-compared = Not compared yet: the first round with copies does it.
augmentation-how = Each labeled picture is encoded with { $n } copies, and the model learns from their mean. A round compares both ways by five-fold cross-validation on the labels it has, and keeps to the pictures themselves where copies are worse by more than the standard error. Unlabeled samples and the audit set are always judged by themselves.
