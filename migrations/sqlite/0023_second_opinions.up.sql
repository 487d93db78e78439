-- Which samples several people answer, and which of their answers is the label.
alter table project add column second_share real not null default 0;          -- share of the samples, 0 to 1
alter table project add column second_people integer not null default 2;      -- people who answer each of them in all
alter table project add column second_disputed integer not null default 0;    -- also where a person and the model disagree
alter table project add column second_audit integer not null default 0;       -- also samples of the audit set
alter table project add column label_rule text not null default 'majority';   -- 'newest' | 'majority' | 'weighted' | 'adjudicated'

-- Answered samples that several people are to answer. Samples without an answer are asked like all others.
create table second_opinion (
  sample_id integer primary key references sample (id),
  project_id integer not null references project (id),
  people integer not null,            -- who are to answer it in all
  answered integer not null,          -- who have, and have not taken it back
  settled integer not null,           -- whether a reviewer decided
  cause text not null,                -- 'drawn' | 'disputed' | 'asked'
  account_id integer references account (id),   -- who asked for one more, and therefore is not asked
  made_us integer not null
) strict;
create index second_opinion_by_project on second_opinion (project_id, answered);

-- How reliable a person's answers are, learned from samples that several answered: JSON, see `domain::Reliability`.
create table reliability (
  project_id integer not null references project (id),
  account_id integer not null references account (id),
  model text not null,
  primary key (project_id, account_id)
) strict;
