alter table project drop column rolled_back_to;
alter table round drop column pinned_us;
