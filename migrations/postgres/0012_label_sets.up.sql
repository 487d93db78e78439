-- Answers that name a set of classes, in projects with any number of classes per sample.
alter table annotation add column classes text;   -- class ids, ascending, one space between; empty: none of them; null: no set
alter table label add column classes text;        -- the same, of the current answer
alter table class add column first_us bigint;    -- when a set that trains first named it; null: never, or one class per sample
alter table round add column audit_sets bytea;     -- per audit sample its id, a count, and so many class ids: i64, little endian
