alter table archived_departure drop column cause;
alter table audit_departure drop column cause;
alter table queue drop column floors;
alter table project drop column second_doubted;
alter table project drop column asking;
