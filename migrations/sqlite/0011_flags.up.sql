-- What annotators say to the lead about a sample, and the answers. Rows are only ever added.
create table flag_note (
  seq integer primary key,
  id text not null unique,            -- UUID made by the client, so that a repeat is recognised
  thread text not null,               -- the id of the note that began it
  project_id integer not null references project (id),
  sample_id integer not null references sample (id),
  account_id integer not null references account (id),
  kind text not null,                 -- 'flag' | 'reply' | 'done' | 'seen'
  text text not null,
  made_us integer not null
) strict;
create index flag_note_by_project on flag_note (project_id, thread, seq);

-- Labeled samples that a lead shows as examples of their class.
create table class_example (
  sample_id integer primary key references sample (id),
  project_id integer not null references project (id),
  class_id integer not null references class (id),
  account_id integer not null references account (id),
  made_us integer not null
) strict;
create index class_example_by_project on class_example (project_id, class_id);
