alter table round add column model_path text;
alter table round add column audit_sets blob;
update round set audit_sets = audit_predictions, audit_predictions = null
  where project_id in (select id from project where task = 'multi');
update round set audit_predictions = (
    with recursive
      part (at) as (select 1 union all select at + 256 * 24 from part where at + 256 * 24 <= length(audit_predictions)),
      place (n) as (select 0 union all select n + 1 from place where n < 255),
      bytes (part) as materialized (select substr(audit_predictions, at, 256 * 24) from part)
    select coalesce(unhex(group_concat(hex(substr(part, n * 24 + 1, 8)) || hex(substr(part, n * 24 + 17, 8)), '')), x'')
    from bytes cross join place where n * 24 < length(part))
  where audit_predictions is not null;

drop index label_by_project;
alter table label add column class_id integer references class (id);
alter table annotation add column class_id integer references class (id);
update label set class_id = cast(classes as integer), classes = null
  where classes is not null and project_id in (select id from project where task = 'single');
update annotation set class_id = cast(classes as integer), classes = null, kind = 'class'
  where classes is not null and project_id in (select id from project where task = 'single');
update class set first_us = null where project_id in (select id from project where task = 'single');
create index label_by_project on label (project_id, class_id);
