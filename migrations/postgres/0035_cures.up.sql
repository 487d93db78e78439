-- What helps a project's committee to learn.
alter table project add column cures text not null default ''; -- names with spaces between; empty: nothing
