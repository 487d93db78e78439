alter table round drop column trained_on;
