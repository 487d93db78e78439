drop index job_waits_once;
create unique index job_waits_once on job (project_id, kind) where state = 'queued' and kind in ('encode', 'round', 'views');
alter table job drop column round;
alter table job drop column once;
alter table job drop column lane;
