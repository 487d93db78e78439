drop index job_waits_once;
delete from job where kind = 'views';
create unique index job_waits_once on job (project_id, kind) where state = 'queued' and kind in ('encode', 'round');
alter table round drop column views_used;
alter table round drop column loss_views;
alter table round drop column loss_own;
alter table project drop column augmentations;
