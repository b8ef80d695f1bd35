-- name: keep_nodes
-- Remembers nodes and their calendars; an older version changes nothing.
insert into nodes (node, version, zone, working_days, holidays, cut_off, rework_days)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (node) do update
set version = excluded.version, zone = excluded.zone, working_days = excluded.working_days,
    holidays = excluded.holidays, cut_off = excluded.cut_off, rework_days = excluded.rework_days
where nodes.version < excluded.version;

-- name: keep_merchants
-- Remembers merchants; an older version changes nothing.
insert into merchants (merchant, version, hub)
select * from unnest($1::text[], $2::bigint[], $3::text[])
on conflict (merchant) do update set version = excluded.version, hub = excluded.hub
where merchants.version < excluded.version;

-- name: keep_products
-- Remembers products; an older version changes nothing.
insert into products (sku, version, merchant, backorderable, min_life_days)
select * from unnest($1::text[], $2::bigint[], $3::text[], $4::boolean[], $5::int[]) as told (sku) order by sku
on conflict (sku) do update
set version = excluded.version, merchant = excluded.merchant, backorderable = excluded.backorderable,
    min_life_days = excluded.min_life_days
where products.version < excluded.version;

-- name: products
-- What is known of these SKUs.
select sku, merchant, backorderable, min_life_days from products where sku = any ($1::text[]);

-- name: hubs
-- Where these merchants' orders ship from.
select merchant, hub from merchants where merchant = any ($1::text[]);

-- name: calendars
-- The calendars of these nodes.
select node, zone, working_days, holidays, cut_off, rework_days from nodes where node = any ($1::text[]);
