drop table delivery;
drop table webhook;
