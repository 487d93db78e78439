# The page of classes.

classes-about = Names, looks, descriptions and order of the classes; their labels merged, parted, and put back as they were.
classes-new = A further class
classes-labels = { $n } labels
classes-merged = Merged into { $into }.
classes-colour = Colour
classes-look-own = by its place
classes-look = colour { $colour }, shape { $shape }
classes-description = What belongs to it
classes-up = Up
classes-down = Down
classes-up-class = Move { $class } up
classes-down-class = Move { $class } down
classes-delete = Delete
classes-delete-class = Delete { $class }
classes-merge = Merge
classes-merge-or-part = Merge or part
classes-merge-into = All its labels become
classes-merge-ask = Merge { $from } into { $into }?
classes-merge-labels = { $n ->
    [one] 1 label becomes { $into }, { $audit } of the audit set.
   *[other] { $n } labels become { $into }, { $audit } of them of the audit set.
  }
classes-merge-both = { $n ->
    [one] 1 of them names both, and then names one.
   *[other] { $n } of them name both, and then name one.
  }
classes-merge-examples = { $n ->
    [one] Its example goes along.
   *[other] Its { $n } examples go along.
  }
classes-merge-retires = { $from } is retired. The history stays, and one click puts the labels back that nobody has answered since.
classes-part = Move labels
classes-part-into = Some of its labels become
classes-part-name = Part of the name
classes-part-annotator = Labeled by
classes-part-metadata = Metadata
classes-part-about = Of the samples that match; a class of a new name is added. To have samples asked again instead, choose them on the samples page.
classes-part-ask = { $n ->
    [one] Make 1 label of { $from } { $into }?
   *[other] Make { $n } labels of { $from } { $into }?
  }
classes-part-new = The class { $into } is added.
classes-part-means = The history stays, and one click puts the labels back that nobody has answered since.
classes-acts = Merges and moves
classes-act-merge = { $from } merged into { $into }: { $n } labels, { $age }, by { $name }
classes-act-move = { $n } labels of { $from } made { $into }, { $age }, by { $name }
classes-act-undone = { $from } and { $into }: { $n } labels, { $age }, by { $name }; undone
classes-all = All about classes
