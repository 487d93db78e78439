alter table sample add column format text not null default '';
alter table sample add column width bigint not null default 0;
alter table sample add column height bigint not null default 0;
update sample set format = facts::json ->> 'format', width = (facts::json ->> 'width')::bigint, height = (facts::json ->> 'height')::bigint;
alter table sample drop column facts;
