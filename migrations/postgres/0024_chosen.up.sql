-- Samples that people want asked next, before what a model ranked.
create table chosen (
  sample_id bigint primary key references sample (id),
  project_id bigint not null references project (id),
  account_id bigint not null references account (id),
  place bigint not null,                -- its place among those chosen together
  made_us bigint not null
);
create index chosen_by_project on chosen (project_id, made_us);
