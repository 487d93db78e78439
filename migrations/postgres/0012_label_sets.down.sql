alter table round drop column audit_sets;
alter table class drop column first_us;
alter table label drop column classes;
alter table annotation drop column classes;
