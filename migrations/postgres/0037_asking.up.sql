-- What is asked beside what the strategy ranks: JSON, see `domain::Asking`; empty: nothing.
alter table project add column asking text not null default '';
-- Share of the labels that may be asked again because they are in doubt.
alter table project add column second_doubted double precision not null default 0;
-- Samples that serve floors, best first: ids of 64 bits, little endian.
alter table queue add column floors bytea;
-- Why a sample left the audit set: 'copy' | 'retired'. One that was retired is its own `copy_of`.
alter table audit_departure add column cause text not null default 'copy';
alter table archived_departure add column cause text not null default 'copy';
