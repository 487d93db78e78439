drop index annotation_by_act;
alter table annotation drop column act_id;
drop table class_act_sample;
drop table class_act;
alter table class drop column merged_into;
alter table class drop column version;
alter table class drop column description;
alter table class drop column colour;
