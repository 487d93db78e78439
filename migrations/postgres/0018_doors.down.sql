alter table lease drop column with_answer;
alter table api_token drop column expires_us;
