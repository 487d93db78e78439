-- Which key answers which class for one person; classes without a row have the key of their place.
create table desk_key (
  project_id bigint not null references project (id),
  account_id bigint not null references account (id),
  class_id bigint not null references class (id),
  key text not null,                  -- one character; empty: no key
  primary key (project_id, account_id, class_id)
);
