-- When an archived project is removed for good (null: it is kept), and when it was.
alter table project add column leaves_us integer;
alter table project add column gone_us integer;
-- When a disabled account is made anonymous (null: it stays as it is), and when it was.
alter table account add column leaves_us integer;
alter table account add column anonymous_us integer;

-- Archived samples with all that belongs to them, so that they can be brought back as they were. The columns are those of the tables
-- that they came from; annotations and notes get new numbers when they come back.
create table archived_sample (
  id integer primary key,
  project_id integer not null references project (id),
  hash text not null,
  name text not null,
  facts text not null,
  size_bytes integer not null,
  audit integer not null,
  draw integer not null,
  created_us integer not null,
  folded text not null,
  pixels text,
  look integer,
  first_copy text,
  compared integer not null,
  import_id integer,
  account_id integer references account (id),   -- who archived it; null: a command
  archived_us integer not null,
  leaves_us integer not null,   -- when it is removed for good
  restored_us integer   -- while it is brought back
) strict;
create index archived_sample_by_project on archived_sample (project_id, id);
create index archived_sample_by_time on archived_sample (leaves_us);
create index archived_sample_by_hash on archived_sample (hash);
create table archived_metadata (
  sample_id integer primary key,
  data text not null,
  folded text not null
) strict;
create table archived_annotation (
  seq integer primary key,
  id text not null,
  project_id integer not null,
  sample_id integer not null,
  account_id integer not null,
  kind text not null,
  classes text,
  reason text,
  note text,
  undoes text,
  round_id integer,
  asked_by text not null,
  propensity real,
  seconds real,
  origin text not null,
  made_us integer not null,
  import_id integer,
  act_id integer
) strict;
create index archived_annotation_by_sample on archived_annotation (sample_id);
create table archived_label (
  sample_id integer primary key,
  project_id integer not null,
  classes text,
  reason text,
  annotation_id text not null,
  account_id integer not null,
  made_us integer not null
) strict;
create table archived_opinion (
  sample_id integer primary key,
  project_id integer not null,
  people integer not null,
  answered integer not null,
  settled integer not null,
  cause text not null,
  account_id integer,
  made_us integer not null
) strict;
create table archived_note (
  seq integer primary key,
  id text not null,
  thread text not null,
  project_id integer not null,
  sample_id integer not null,
  account_id integer not null,
  kind text not null,
  text text not null,
  made_us integer not null
) strict;
create index archived_note_by_sample on archived_note (sample_id);
create table archived_departure (
  sample_id integer primary key,
  project_id integer not null,
  copy_of integer not null,
  made_us integer not null
) strict;
create table archived_prediction (
  project_id integer not null,
  named text not null,
  sample_id integer not null,
  classes text not null,
  sure real,
  import_id integer not null,
  made_us integer not null,
  primary key (project_id, named, sample_id)
) strict;
create index archived_prediction_by_sample on archived_prediction (sample_id);
create table archived_act_sample (
  act_id integer not null,
  sample_id integer not null,
  primary key (act_id, sample_id)
) strict;
create index archived_act_sample_by_sample on archived_act_sample (sample_id);

-- A sample that left may have come with no import that is known.
create table departed_anew (
  sample_id integer primary key,
  project_id integer not null references project (id),
  import_id integer references import (id),
  hash text not null,
  name text not null,
  left_us integer not null,
  cleared_us integer                  -- when its file and its embeddings were removed
) strict;
insert into departed_anew select sample_id, project_id, import_id, hash, name, left_us, cleared_us from departed;
drop table departed;
alter table departed_anew rename to departed;
create index departed_by_project on departed (project_id, left_us);
create index departed_waiting on departed (project_id) where cleared_us is null;
