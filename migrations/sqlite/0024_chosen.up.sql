-- Samples that people want asked next, before what a model ranked.
create table chosen (
  sample_id integer primary key references sample (id),
  project_id integer not null references project (id),
  account_id integer not null references account (id),
  place integer not null,                -- its place among those chosen together
  made_us integer not null
) strict;
create index chosen_by_project on chosen (project_id, made_us);
