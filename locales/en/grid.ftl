# Many at a time. What its scripts say as well lies in scripts.ftl.

grid-looking = Looking for samples that are alike.
grid-like-picture = The picture that these are like
grid-filters = How many, and of what
grid-one = One at a time
grid-any = Any group
grid-size = Pictures in a group
grid-fewer = Fewer
grid-more = More
grid-no-script = Groups need scripts. This works without:
grid-pictures = Pictures of this group
grid-none = No group just now
grid-class = Class of all that are chosen
grid-another = Another
grid-another-title = Another group; this one goes back
grid-undo = Undo
grid-undo-title = Take the last group back
grid-move = move
grid-space = Space
grid-toggle = leave out or take in
grid-copies = Nearly the same picture as one that was answered { $class }
grid-confident = The committee takes them for { $class }, and they are alike
grid-alike-mostly = They are alike; the committee takes most of them for { $class }
grid-alike = They are alike; nothing is proposed
grid-none-encoded = The samples are being encoded. Groups appear here as soon as the first are.
grid-none-waits = No sample waits that was not passed over here. What is left is asked one at a time.
