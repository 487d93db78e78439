-- Augmentation: which changes keep a project's labels, and what training on views gained in each round.
alter table project add column augmentations text not null default ''; -- names with spaces between; empty: none
alter table round add column loss_own double precision;      -- mean log loss in folds by heads on the samples' own embeddings
alter table round add column loss_views double precision;    -- ... and on means of views; both null: not compared
alter table round add column views_used boolean; -- whether the round trained on means of views; null: it had none
drop index job_waits_once;
create unique index job_waits_once on job (project_id, kind) where state = 'queued' and kind in ('encode', 'round', 'views');
