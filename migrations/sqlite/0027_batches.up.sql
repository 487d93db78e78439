-- Which import brought a sample and which gave a label, so that an import can be taken back as one.
alter table sample add column import_id integer references import (id);
alter table annotation add column import_id integer references import (id);
create index sample_by_import on sample (import_id, id) where import_id is not null;
create index annotation_by_import on annotation (import_id, seq) where import_id is not null;
create index import_item_by_sample on import_item (sample_id) where sample_id is not null;
alter table import add column named text not null default '';          -- who says so: the source's name, where one was given
alter table import add column predicts integer not null default 0;     -- whether it brought predictions, no labels
alter table import add column dry integer not null default 0;          -- whether it only looked, and changed nothing
alter table import add column cancelled_us integer;                    -- when somebody asked it to stop
alter table import add column undone_us integer;                       -- when it was taken back
alter table import add column undone_by integer references account (id);
alter table import add column undone_samples integer not null default 0;
alter table import add column undone_labels integer not null default 0;

-- The highest number that a sample ever had: the number of one that left is never given again.
create table sample_number (last integer not null) strict;
insert into sample_number (last) select coalesce(max(id), 0) from sample;

-- Samples that left with their import.
create table departed (
  sample_id integer primary key,
  project_id integer not null references project (id),
  import_id integer not null references import (id),
  hash text not null,
  name text not null,
  left_us integer not null,
  cleared_us integer                  -- when its file and its embeddings were removed
) strict;
create index departed_by_project on departed (project_id, left_us);
create index departed_waiting on departed (project_id) where cleared_us is null;

-- What models elsewhere say of samples: never a label.
create table outside_prediction (
  project_id integer not null references project (id),
  named text not null,                -- which model
  sample_id integer not null references sample (id),
  classes text not null,              -- the classes that it predicts
  sure real,                          -- how sure it is of them, 0 to 1, where it says so
  import_id integer not null references import (id),
  made_us integer not null,
  primary key (project_id, named, sample_id)
) strict;
create index outside_prediction_by_sample on outside_prediction (sample_id);
