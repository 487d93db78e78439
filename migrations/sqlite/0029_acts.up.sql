-- Who did what: every change of a role, setting, class, model, export or import, and every sign-in. Labels are in `annotation`.
create table act (
  id integer primary key,
  made_us integer not null,
  account_id integer references account (id),   -- null: on the server's command line
  project_id integer references project (id),   -- null: the server's own
  via text not null,                            -- 'page' | 'api' | 'command'
  what text not null,                           -- its name, see `domain::act`
  subject text not null,                        -- what it was done to
  details text not null,                        -- JSON: the fields that were sent, without secrets
  address text not null                         -- where it came from
) strict;
create index act_by_project on act (project_id, id);

-- Which browser a session is in, where it signed in, and when it was last used.
alter table session add column agent text not null default '';
alter table session add column address text not null default '';
alter table session add column used_us integer;

-- What a token may do, and when it was last used.
alter table api_token add column scope text not null default 'manage';   -- 'read' | 'label' | 'manage'
alter table api_token add column used_us integer;
