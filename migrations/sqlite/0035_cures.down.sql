alter table project drop column cures;
