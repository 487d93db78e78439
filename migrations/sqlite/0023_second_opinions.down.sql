drop table reliability;
drop table second_opinion;
alter table project drop column label_rule;
alter table project drop column second_audit;
alter table project drop column second_disputed;
alter table project drop column second_people;
alter table project drop column second_share;
