-- Addresses that are told what happens in a project, and every message to them.
create table webhook (
  id integer primary key,
  project_id integer not null references project (id),
  account_id integer not null references account (id),
  url text not null,
  secret text not null,               -- signs each message; its receiver has it too
  events text not null,               -- what it is told, separated by spaces
  advice text not null default '',    -- the advice that it was told last
  created_us integer not null,
  paused_us integer                   -- since when it is told nothing
) strict;
create index webhook_by_project on webhook (project_id);

create table delivery (
  id integer primary key,
  webhook_id integer not null references webhook (id),
  message text not null,              -- a UUID: the same however often it is sent
  event text not null,
  body text not null,                 -- JSON
  state text not null,                -- 'waiting' | 'delivered' | 'failed'
  attempts integer not null,
  due_us integer not null,            -- when it is tried next
  status integer,                     -- of the last answer
  problem text not null default '',   -- why the last attempt failed
  made_us integer not null,
  done_us integer
) strict;
create index delivery_by_webhook on delivery (webhook_id, id);
create index delivery_waiting on delivery (due_us) where state = 'waiting';
