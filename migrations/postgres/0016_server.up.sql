-- One row: which data folder belongs to this database, and when the server last proved that it can write.
create table server (
  id text not null,                   -- '' until database and folder are first opened together
  touched_us bigint not null
);
insert into server (id, touched_us) values ('', 0);
