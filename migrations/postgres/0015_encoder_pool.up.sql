-- How many pictures a built-in encoder was learned from: once the pool has outgrown that, it is learned anew. Of older ones
-- only the width is known, which followed from the pictures while there were few.
alter table encoder add column learned_from bigint;
update encoder set learned_from = 2 * dim where kind = 'builtin' and dim < 384;
