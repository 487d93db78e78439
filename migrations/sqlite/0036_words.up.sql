-- Words of samples, for searching in them. Row ids are those of samples; the words themselves are not kept.
create virtual table sample_words using fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0');
create trigger sample_words_gone after delete on sample begin
  delete from sample_words where rowid = old.id;
end;
