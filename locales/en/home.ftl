# The first page: the projects, and a new one.

home-no-project = There is no project yet. Make the first one below, then import pictures on its settings page.
home-not-in-one = You are not in a project yet. Ask an admin to add you to one.
home-no-samples = no samples yet
home-labeled = { $n } of { $all } labeled
home-new = New project
home-slug = Short name for addresses
home-slug-example = bird-station
home-name-example = Bird station
home-classes = Classes, one a line, in the order of their keys
home-class-example-1 = sparrow
home-class-example-2 = wren
home-make = Make project
