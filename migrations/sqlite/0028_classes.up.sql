-- What else a class has, and acts on labels of classes that are undone as one.
alter table class add column colour integer;                    -- one of 40 looks; null: that of its place
alter table class add column description text not null default '';
alter table class add column version integer not null default 1;     -- counts its changes, so that nobody overrules an unseen one
alter table class add column merged_into integer references class (id);

create table class_act (
  id integer primary key,
  project_id integer not null references project (id),
  account_id integer not null references account (id),
  kind text not null,                 -- 'merge' | 'move'
  class_id integer not null references class (id),
  into_id integer not null references class (id),
  labels integer not null default 0,  -- current labels that it changed
  made_us integer not null,
  undone_us integer,
  undone_by integer references account (id)
) strict;
create index class_act_by_project on class_act (project_id, id);
-- The samples of a move; a merge is about all of them.
create table class_act_sample (
  act_id integer not null references class_act (id),
  sample_id integer not null references sample (id),
  primary key (act_id, sample_id)
) strict;
create index class_act_sample_by_sample on class_act_sample (sample_id);
-- An annotation that says an earlier one anew, after its class was merged or moved; it names that one as what it undoes.
alter table annotation add column act_id integer references class_act (id);
create index annotation_by_act on annotation (act_id, seq) where act_id is not null;
