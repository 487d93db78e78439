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

-- Predictions of one class each, pairs (sample id, class id), become sets of one: (sample id, 1, class id).
update round set audit_predictions =
    decode(regexp_replace(encode(audit_predictions, 'hex'), '(.{16})(.{16})', '\10100000000000000\2', 'g'), 'hex')
  where audit_predictions is not null;
update round set audit_predictions = audit_sets where audit_sets is not null;
alter table round drop column audit_sets;
alter table round drop column model_path;
