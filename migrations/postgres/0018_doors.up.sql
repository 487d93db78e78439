-- When a token ends by itself; null: it does not.
alter table api_token add column expires_us bigint;

-- The annotation that a lease was granted with, and its place among those, so that the answer sent again brings the same lease back.
alter table lease add column with_answer text;
