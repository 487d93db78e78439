drop index sample_metadata_unfolded;
drop index sample_unfolded;
alter table sample_metadata drop column folded;
alter table sample drop column folded;
