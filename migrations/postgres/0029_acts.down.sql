alter table api_token drop column used_us;
alter table api_token drop column scope;
alter table session drop column used_us;
alter table session drop column address;
alter table session drop column agent;
drop table act;
