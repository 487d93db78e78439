drop table desk_key;
