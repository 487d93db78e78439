-- An answer is a set of classes in every project, in one column: where a sample has one class, a set of one.
update annotation set classes = cast(class_id as text) where class_id is not null;
update annotation set kind = 'classes' where kind = 'class';
update annotation set reason = 'other' where kind = 'skip' and reason is null;
update label set classes = cast(class_id as text) where class_id is not null;
update label set reason = 'other' where classes is null and reason is null;
-- When an answer first named a class, which was kept with sets alone.
update class set first_us = (select min(l.made_us) from label l where l.project_id = class.project_id and l.class_id = class.id)
  where first_us is null;
drop index label_by_project;
alter table annotation drop column class_id;
alter table label drop column class_id;
create index label_by_project on label (project_id, classes);

-- Predictions of one class each, pairs (sample id, class id), become sets of one: (sample id, 1, class id). In parts of 4 KiB,
-- since a large blob is read anew for each word that is taken out of it.
update round set audit_predictions = (
    with recursive
      part (at) as (select 1 union all select at + 256 * 16 from part where at + 256 * 16 <= length(audit_predictions)),
      place (n) as (select 0 union all select n + 1 from place where n < 255),
      bytes (part) as materialized (select substr(audit_predictions, at, 256 * 16) from part)
    select coalesce(unhex(group_concat(hex(substr(part, n * 16 + 1, 8)) || '0100000000000000' || hex(substr(part, n * 16 + 9, 8)), '')), x'')
    from bytes cross join place where n * 16 < length(part))
  where audit_predictions is not null;
update round set audit_predictions = audit_sets where audit_sets is not null;
alter table round drop column audit_sets;
alter table round drop column model_path;
