-- When an archived project is removed for good (null: it is kept), and when it was.
alter table project add column leaves_us bigint;
alter table project add column gone_us bigint;
-- When a disabled account is made anonymous (null: it stays as it is), and when it was.
alter table account add column leaves_us bigint;
alter table account add column anonymous_us bigint;

-- Archived samples with all that belongs to them, so that they can be brought back as they were. The columns are those of the tables
-- that they came from; annotations and notes get new numbers when they come back.
create table archived_sample (
  id bigint primary key,
  project_id bigint not null references project (id),
  hash text not null,
  name text not null,
  facts text not null,
  size_bytes bigint not null,
  audit boolean not null,
  draw bigint not null,
  created_us bigint not null,
  folded text not null,
  pixels text,
  look bigint,
  first_copy text,
  compared bigint not null,
  import_id bigint,
  account_id bigint references account (id),   -- who archived it; null: a command
  archived_us bigint not null,
  leaves_us bigint not null,   -- when it is removed for good
  restored_us bigint   -- while it is brought back
);
create index archived_sample_by_project on archived_sample (project_id, id);
create index archived_sample_by_time on archived_sample (leaves_us);
create index archived_sample_by_hash on archived_sample (hash);
create table archived_metadata (
  sample_id bigint primary key,
  data text not null,
  folded text not null
);
create table archived_annotation (
  seq bigint primary key,
  id text not null,
  project_id bigint not null,
  sample_id bigint not null,
  account_id bigint not null,
  kind text not null,
  classes text,
  reason text,
  note text,
  undoes text,
  round_id bigint,
  asked_by text not null,
  propensity double precision,
  seconds double precision,
  origin text not null,
  made_us bigint not null,
  import_id bigint,
  act_id bigint
);
create index archived_annotation_by_sample on archived_annotation (sample_id);
create table archived_label (
  sample_id bigint primary key,
  project_id bigint not null,
  classes text,
  reason text,
  annotation_id text not null,
  account_id bigint not null,
  made_us bigint not null
);
create table archived_opinion (
  sample_id bigint primary key,
  project_id bigint not null,
  people bigint not null,
  answered bigint not null,
  settled boolean not null,
  cause text not null,
  account_id bigint,
  made_us bigint not null
);
create table archived_note (
  seq bigint primary key,
  id text not null,
  thread text not null,
  project_id bigint not null,
  sample_id bigint not null,
  account_id bigint not null,
  kind text not null,
  text text not null,
  made_us bigint not null
);
create index archived_note_by_sample on archived_note (sample_id);
create table archived_departure (
  sample_id bigint primary key,
  project_id bigint not null,
  copy_of bigint not null,
  made_us bigint not null
);
create table archived_prediction (
  project_id bigint not null,
  named text not null,
  sample_id bigint not null,
  classes text not null,
  sure double precision,
  import_id bigint not null,
  made_us bigint not null,
  primary key (project_id, named, sample_id)
);
create index archived_prediction_by_sample on archived_prediction (sample_id);
create table archived_act_sample (
  act_id bigint not null,
  sample_id bigint not null,
  primary key (act_id, sample_id)
);
create index archived_act_sample_by_sample on archived_act_sample (sample_id);

-- A sample that left may have come with no import that is known.
alter table departed alter column import_id drop not null;
