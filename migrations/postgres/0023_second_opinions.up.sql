-- Which samples several people answer, and which of their answers is the label.
alter table project add column second_share double precision not null default 0;      -- share of the samples, 0 to 1
alter table project add column second_people bigint not null default 2;      -- people who answer each of them in all
alter table project add column second_disputed boolean not null default false;    -- also where a person and the model disagree
alter table project add column second_audit boolean not null default false;       -- also samples of the audit set
alter table project add column label_rule text not null default 'majority';   -- 'newest' | 'majority' | 'weighted' | 'adjudicated'

-- Answered samples that several people are to answer. Samples without an answer are asked like all others.
create table second_opinion (
  sample_id bigint primary key references sample (id),
  project_id bigint not null references project (id),
  people bigint not null,            -- who are to answer it in all
  answered bigint not null,          -- who have, and have not taken it back
  settled boolean not null,           -- whether a reviewer decided
  cause text not null,                -- 'drawn' | 'disputed' | 'asked'
  account_id bigint references account (id),   -- who asked for one more, and therefore is not asked
  made_us bigint not null
);
create index second_opinion_by_project on second_opinion (project_id, answered);

-- How reliable a person's answers are, learned from samples that several answered: JSON, see `domain::Reliability`.
create table reliability (
  project_id bigint not null references project (id),
  account_id bigint not null references account (id),
  model text not null,
  primary key (project_id, account_id)
);
