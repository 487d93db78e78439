-- The form that texts are looked for in, see `domain/text.rs`: filled in by the program, for rows from before at its next start.
alter table sample add column folded text not null default '';
alter table sample_metadata add column folded text not null default '';
create index sample_unfolded on sample (id) where folded = '';
create index sample_metadata_unfolded on sample_metadata (sample_id) where folded = '';
