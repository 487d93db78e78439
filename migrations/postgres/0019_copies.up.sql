-- Draws are made with a secret of the project, so that nobody can tell from a picture whether it audits.
alter table project add column secret text not null default '';
update project set secret = replace(gen_random_uuid()::text, '-', '');

-- What a sample looks like, to find its copies: null until it was computed.
alter table sample add column pixels text;            -- digest of size and pixels
alter table sample add column look bigint;         -- difference hash
alter table sample add column first_copy text;        -- hash of the first of its copies; null: it is the first or the only one
alter table sample add column compared bigint not null default 0;  -- whether its embedding was held against the others
create index sample_by_pixels on sample (project_id, pixels);

-- Samples that left the audit set, since a copy of theirs was found in the pool.
create table audit_departure (
  sample_id bigint primary key references sample (id),
  project_id bigint not null references project (id),
  copy_of bigint not null references sample (id),
  made_us bigint not null
);
create index audit_departure_by_project on audit_departure (project_id);
