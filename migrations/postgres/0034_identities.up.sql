-- Who somebody is at a sign-in provider.
create table identity (
  issuer text not null,
  subject text not null,
  account_id bigint not null references account (id),
  created_us bigint not null,
  primary key (issuer, subject)
);
create index identity_by_account on identity (account_id);
