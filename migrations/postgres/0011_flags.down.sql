drop table class_example;
drop table flag_note;
