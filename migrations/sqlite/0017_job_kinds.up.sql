-- What a job's kind decides, as columns: which worker takes it, and whether one that waits is enough.
alter table job add column lane text not null default 'other'; -- 'rounds' | 'replays' | 'trials' | 'other'
alter table job add column once integer not null default 0;
alter table job add column round integer; -- the number of the round that it made
update job set lane = 'rounds', once = 1 where kind = 'round';
update job set lane = 'replays' where kind = 'replay';
update job set lane = 'trials' where kind = 'trial';
update job set once = 1 where kind in ('encode', 'views');
drop index job_waits_once;
create unique index job_waits_once on job (project_id, kind) where state = 'queued' and once;
