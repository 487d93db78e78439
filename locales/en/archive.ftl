# The archive: projects and samples that were put away.

archive-projects = Archive
archive-about = Archived projects are not among the projects and take no answers and no changes. You can look at them, and bring back those where you are admin.
archive-list = Archived projects
archive-none = Nothing is archived.
archive-holds = Holds
archive-since = Archived
archive-until = Removed
archive-kept = is kept
archive-restore = Bring back
archive-restore-one = Bring { $name } back
archive-project = Archive or delete this project
archive-ask = Archive “{ $name }”?
archive-means = It leaves the list of projects and takes no answers, imports or changes. Samples that are with people are taken from them. Nothing is lost, and you can bring it back at any time.
archive-keep = Archive
archive-delete-ask = Or delete it?
archive-delete-means = It is archived, and after { $days } days removed for good: samples, files, answers, models and exports. Until then you can bring it back.
archive-delete = Archive and delete
archive-notice = This project is archived: you can look at it, and nothing can be changed.
archive-chosen = Archive the chosen samples
archived-samples = Archived samples
archived-about = Nobody is asked archived samples, and nothing trains on them or counts them. After { $days } days they are removed for good, with their files and answers.
archived-left =
    { $n ->
        [one] 1 sample stays as it is: it is with somebody, or its content is there again.
       *[other] { $n } samples stay as they are: they are with somebody, or their content is there again.
    }
archived-count = { $n } archived
archived-none = No sample is archived.
archived-by = By
archived-restore = Bring the chosen samples back
