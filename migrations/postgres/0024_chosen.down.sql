drop table chosen;
