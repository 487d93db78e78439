-- The shelf of rounds: those a lead keeps, and the one that is used in place of the newest.
alter table round add column pinned_us integer;         -- when a lead pinned it
alter table project add column rolled_back_to integer;  -- a round's id; null: the newest finished round is in use
