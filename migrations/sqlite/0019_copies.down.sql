drop table audit_departure;
drop index sample_by_pixels;
alter table sample drop column compared;
alter table sample drop column first_copy;
alter table sample drop column look;
alter table sample drop column pixels;
alter table project drop column secret;
