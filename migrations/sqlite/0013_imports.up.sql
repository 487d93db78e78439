-- Each run of an import, and what became of every item that was not plainly added.
create table import (
  id integer primary key,
  project_id integer not null references project (id),
  account_id integer not null references account (id),
  job_id integer,                      -- null: on the command line
  source text not null,               -- how people know what was read
  labels text not null,               -- '' | 'folder' | 'column:NAME'
  relabel integer not null,           -- whether labels of earlier imports give way
  state text not null,                -- 'running' | 'done' | 'look' | 'failed' | 'interrupted'
  message text not null default '',   -- why it failed
  notes text not null default '[]',   -- JSON: sentences about how the source was read
  new_classes text not null default '[]',  -- JSON: names
  added integer not null default 0,
  same integer not null default 0,
  labels_taken integer not null default 0,
  contradictions integer not null default 0,
  passed_over integer not null default 0,
  refused integer not null default 0,
  labeled integer not null default 0,  -- labels taken in all, those of added samples included
  started_us integer not null,
  ended_us integer
) strict;
create index import_by_project on import (project_id, id);
create index import_by_job on import (job_id);

create table import_item (
  import_id integer not null references import (id),
  seq integer not null,                -- its place in the source
  bucket text not null,               -- 'same' | 'label' | 'contradiction' | 'passed_over' | 'refused'
  name text not null,
  sample_id integer references sample (id),
  same_as text,                       -- that sample's name
  standing text,                      -- the label that stands, or stood until then
  label text,                         -- the label that the source gives
  reason text,
  primary key (import_id, seq)
) strict;
create index import_item_by_bucket on import_item (import_id, bucket, seq);
