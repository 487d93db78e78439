drop function sample_words (text);
drop table sample_words;
