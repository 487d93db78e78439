# The first page: the projects, and a new one.

home-no-project = There is no project yet. Create the first one below.
home-not-in-one = You are not in a project yet. Ask an admin to add you to one.
home-no-samples = no samples yet
home-labeled = { $n } of { $all } labeled
home-new = New project
home-slug = URL name (optional)
home-slug-example = made from the name
home-name-example = Bird station
home-classes = Classes, one a line, in the order of their keys
home-class-example-1 = sparrow
home-class-example-2 = wren
home-make = Create project
home-slug-rule = Small letters, digits and hyphens
home-task-about = Cannot be changed later.
home-next-import = Import samples to begin
home-next-wait = An admin has to import samples first
home-next-done = All samples have an answer
home-next-label = { $n } to label
home-modality = What the samples are
