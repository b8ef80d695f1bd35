-- name: keep_nodes
-- Remembers nodes and their time zones; an older version changes nothing.
insert into nodes (node, version, zone)
select * from unnest($1::text[], $2::bigint[], $3::text[]) as told (node) order by node
on conflict (node) do update set version = excluded.version, zone = excluded.zone
where nodes.version < excluded.version;

-- name: lock_products
-- Nobody opens a position of these SKUs until the end of the transaction.
select sku from products where sku = any ($1::text[]) order by sku for update;

-- name: keep_products
-- Remembers SKUs; an older version changes nothing. Answers those that are new or newer.
insert into products (sku, version, merchant, dated, min_life_days)
select * from unnest($1::text[], $2::bigint[], $3::text[], $4::boolean[], $5::int[]) as told (sku) order by sku
on conflict (sku) do update
set version = excluded.version, merchant = excluded.merchant, dated = excluded.dated,
    min_life_days = excluded.min_life_days
where products.version < excluded.version
returning sku;

-- name: lock_positions_of
-- Locks the positions of SKUs in one sorted order.
select sku, node from positions where sku = any ($1::text[]) order by sku, node for no key update;

-- name: set_last_days
-- The last day on which the lots of SKUs may be sold, after their minimum life has changed.
update lots l set last_day = l.expires_on - p.min_life_days
from products p
where l.sku = any ($1::text[]) and p.sku = l.sku and l.last_day is distinct from l.expires_on - p.min_life_days;

-- name: keep_policies
-- Remembers by how much counts may differ; an older version changes nothing.
insert into policies (merchant, sku, version, count_percent)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::int[]) as told (merchant, sku) order by merchant, sku
on conflict (merchant, sku) do update set version = excluded.version, count_percent = excluded.count_percent
where policies.version < excluded.version;

-- name: policies
-- Whose SKUs are, and what is said of counts of them or of all that the merchant has.
select p.sku, p.merchant, own.count_percent as of_sku, every.count_percent as of_merchant
from products p
left join policies own on own.merchant = p.merchant and own.sku = p.sku
left join policies every on every.merchant = p.merchant and every.sku = ''
where p.sku = any ($1::text[]);

-- name: known_nodes
-- Which of these nodes are known.
select node from nodes where node = any ($1::text[]);

-- name: known_skus
-- Which of these SKUs are known.
select sku from products where sku = any ($1::text[]);
