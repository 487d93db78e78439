-- What a snapshot is called, and the labels in it, by which two are compared: see `store/kept_labels.rs`.
alter table snapshot add column name text not null default '';
alter table snapshot add column labels blob;
update snapshot set name = 'export-' || id;
create unique index snapshot_by_name on snapshot (project_id, name);
