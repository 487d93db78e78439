alter table round add column model_path text;
alter table round add column audit_sets bytea;
update round set audit_sets = audit_predictions, audit_predictions = null
  where project_id in (select id from project where task = 'multi');
update round set audit_predictions =
    decode(regexp_replace(encode(audit_predictions, 'hex'), '(.{16}).{16}(.{16})', '\1\2', 'g'), 'hex')
  where audit_predictions is not null;

drop index label_by_project;
alter table label add column class_id bigint references class (id);
alter table annotation add column class_id bigint references class (id);
update label set class_id = cast(classes as bigint), classes = null
  where classes is not null and project_id in (select id from project where task = 'single');
update annotation set class_id = cast(classes as bigint), classes = null, kind = 'class'
  where classes is not null and project_id in (select id from project where task = 'single');
update class set first_us = null where project_id in (select id from project where task = 'single');
create index label_by_project on label (project_id, class_id);
