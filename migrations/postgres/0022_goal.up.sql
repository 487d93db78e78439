-- What a project is labeled for, and how sure each round's committee was of the pool.
alter table project add column goal text not null default '{}'; -- JSON: target, budget, price, rules for stopping
alter table round add column doubt double precision; -- mean entropy over waiting samples, as a share of the greatest possible
