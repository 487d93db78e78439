alter table project drop column next_encoder_id;
