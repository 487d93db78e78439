alter table round drop column doubt;
alter table project drop column goal;
