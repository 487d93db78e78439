drop table import_item;
drop table import;
