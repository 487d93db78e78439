drop trigger sample_words_gone;
drop table sample_words;
