-- name: keep_nodes
-- Remembers nodes and their calendars; an older version changes nothing.
insert into nodes (node, version, zone, working_days, holidays, cut_off, rework_days, orders_per_day)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (node) do update
set version = excluded.version, zone = excluded.zone, working_days = excluded.working_days,
    holidays = excluded.holidays, cut_off = excluded.cut_off, rework_days = excluded.rework_days,
    orders_per_day = excluded.orders_per_day
where nodes.version < excluded.version;

-- name: keep_merchants
-- Remembers merchants; an older version changes nothing.
insert into merchants (merchant, version, hub)
select * from unnest($1::text[], $2::bigint[], $3::text[])
on conflict (merchant) do update set version = excluded.version, hub = excluded.hub
where merchants.version < excluded.version;

-- name: keep_products
-- Remembers products; an older version changes nothing.
insert into products (sku, version, merchant, backorderable, min_life_days, launch_on)
select * from unnest($1::text[], $2::bigint[], $3::text[], $4::boolean[], $5::int[], $6::date[]) as told (sku)
order by sku
on conflict (sku) do update
set version = excluded.version, merchant = excluded.merchant, backorderable = excluded.backorderable,
    min_life_days = excluded.min_life_days, launch_on = excluded.launch_on
where products.version < excluded.version;

-- name: products
-- What is known of these SKUs.
select sku, merchant, backorderable, min_life_days, launch_on from products where sku = any ($1::text[]);

-- name: hubs
-- Where these merchants' orders ship from.
select merchant, hub from merchants where merchant = any ($1::text[]);

-- name: calendars
-- The calendars of these nodes.
select node, zone, working_days, holidays, cut_off, rework_days, orders_per_day from nodes where node = any ($1::text[]);

-- name: keep_policies
-- Remembers policies; an older version changes nothing.
insert into policies (merchant, sku, version, hold_days, padding_days, head_starts)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::int[], $5::int[], $6::jsonb[]) as told (merchant, sku)
order by merchant, sku
on conflict (merchant, sku) do update
set version = excluded.version, hold_days = excluded.hold_days, padding_days = excluded.padding_days,
    head_starts = excluded.head_starts
where policies.version < excluded.version;

-- name: policies
-- What these merchants want of their queues.
select merchant, sku, hold_days, padding_days, head_starts from policies where merchant = any ($1::text[]);
