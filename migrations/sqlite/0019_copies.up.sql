-- Draws are made with a secret of the project, so that nobody can tell from a picture whether it audits.
alter table project add column secret text not null default '';
update project set secret = lower(hex(randomblob(16)));

-- What a sample looks like, to find its copies: null until it was computed.
alter table sample add column pixels text;            -- digest of size and pixels
alter table sample add column look integer;         -- difference hash
alter table sample add column first_copy text;        -- hash of the first of its copies; null: it is the first or the only one
alter table sample add column compared integer not null default 0;  -- whether its embedding was held against the others
create index sample_by_pixels on sample (project_id, pixels);

-- Samples that left the audit set, since a copy of theirs was found in the pool.
create table audit_departure (
  sample_id integer primary key references sample (id),
  project_id integer not null references project (id),
  copy_of integer not null references sample (id),
  made_us integer not null
) strict;
create index audit_departure_by_project on audit_departure (project_id);
