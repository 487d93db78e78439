-- The encoder a project changes to as soon as every sample has its embedding by it; `encoder_id` stays in use until then.
alter table project add column next_encoder_id bigint references encoder (id);
