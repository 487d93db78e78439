drop index snapshot_by_name;
alter table snapshot drop column labels;
alter table snapshot drop column name;
