alter table sample add column format text not null default '';
alter table sample add column width integer not null default 0;
alter table sample add column height integer not null default 0;
update sample set format = json_extract(facts, '$.format'), width = json_extract(facts, '$.width'), height = json_extract(facts, '$.height');
alter table sample drop column facts;
