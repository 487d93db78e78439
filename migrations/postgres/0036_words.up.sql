-- Words of samples, for searching in them. The table and its function are named so that one statement serves both engines.
create table sample_words (
  rowid bigint primary key references sample (id) on delete cascade,
  words text not null,
  lexemes tsvector generated always as (to_tsvector('simple', words)) stored
);
create index sample_words_lexemes on sample_words using gin (lexemes);
create function sample_words (wanted text) returns table (rowid bigint) language sql stable as $$
  select w.rowid from sample_words w where w.lexemes @@ to_tsquery('simple', wanted)
$$;
