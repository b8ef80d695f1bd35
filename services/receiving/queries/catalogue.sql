-- name: keep_nodes
-- Remembers nodes and the days on which they work; an older version changes nothing.
insert into nodes (node, version, zone, working_days, holidays, also_known_as, doors, opens, closes, slot_minutes,
                   no_show_minutes, dock_days, rework_days, blind_receipts)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict (node) do update
set version = excluded.version, zone = excluded.zone, working_days = excluded.working_days,
    holidays = excluded.holidays, also_known_as = excluded.also_known_as, doors = excluded.doors,
    opens = excluded.opens, closes = excluded.closes, slot_minutes = excluded.slot_minutes,
    no_show_minutes = excluded.no_show_minutes, dock_days = excluded.dock_days, rework_days = excluded.rework_days,
    blind_receipts = excluded.blind_receipts
where nodes.version < excluded.version;

-- name: nodes_of_version
-- Which of these nodes stand in the version given: their lanes are told with it.
select n.node from nodes n join unnest($1::text[], $2::bigint[]) as told (node, version) using (node, version);

-- name: forget_lanes
-- Before the lanes of nodes are told anew.
delete from lanes where node = any ($1::text[]);

-- name: keep_lanes
-- Staging lanes, in the order in which they fill.
insert into lanes (node, place, lane, capacity) select * from unnest($1::text[], $2::int[], $3::text[], $4::bigint[]);

-- name: keep_suppliers
-- Remembers suppliers; an older version changes nothing.
insert into suppliers (supplier_id, version, also_known_as, printed_dates)
values ($1, $2, $3, $4)
on conflict (supplier_id) do update
set version = excluded.version, also_known_as = excluded.also_known_as, printed_dates = excluded.printed_dates
where suppliers.version < excluded.version;

-- name: keep_policies
-- Remembers what merchants tolerate; an older version changes nothing.
insert into policies (merchant, sku, version, over_percent, short_percent)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::int[], $5::int[])
on conflict (merchant, sku) do update
set version = excluded.version, over_percent = excluded.over_percent, short_percent = excluded.short_percent
where policies.version < excluded.version;

-- name: tolerances
-- What the merchants of SKUs tolerate: of the SKU, else of all; SKUs without a policy are left out.
select distinct on (p.sku) p.sku, o.over_percent, o.short_percent
from products p join policies o on o.merchant = p.merchant and o.sku in (p.sku, '')
where p.sku = any ($1::text[])
order by p.sku, o.sku desc;

-- name: keep_queues
-- How much waits for positions; an older version changes nothing.
insert into queues (sku, node, version, waiting_lines, waiting_units, waiting_value)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
on conflict (sku, node) do update
set version = excluded.version, waiting_lines = excluded.waiting_lines, waiting_units = excluded.waiting_units,
    waiting_value = excluded.waiting_value, staged_units = 0
where queues.version < excluded.version;

-- name: calendars
-- The days on which these nodes work.
select node, working_days, holidays from nodes where node = any ($1::text[]);

-- name: hold_catalogue
-- No product becomes known until the end of the transaction.
select pg_advisory_xact_lock_shared(hashtext(current_schema() || '/products'));

-- name: change_catalogue
-- Nobody looks for products until the end of the transaction.
select pg_advisory_xact_lock(hashtext(current_schema() || '/products'));

-- name: keep_products
-- Remembers SKUs; an older version changes nothing. Answers which are new or newer.
insert into products (sku, version, dated, merchant, shelf_life_days, min_life_days, supplier_id)
select * from unnest($1::text[], $2::bigint[], $3::boolean[], $4::text[], $5::int[], $6::int[], $7::text[])
              as told (sku) order by sku
on conflict (sku) do update
set version = excluded.version, dated = excluded.dated, merchant = excluded.merchant,
    shelf_life_days = excluded.shelf_life_days, min_life_days = excluded.min_life_days,
    supplier_id = excluded.supplier_id
where products.version < excluded.version
returning sku;

-- name: forget_packs
-- Before the packs of SKUs are told anew.
delete from packs where sku = any ($1::text[]);

-- name: keep_packs
-- Remembers barcodes and what they hold.
insert into packs (sku, gtin, units, level) select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[]);

-- name: catalogue
-- SKUs and all their packs: those asked by SKU, and those that claim a barcode asked.
select p.sku, p.dated, p.merchant, p.shelf_life_days, p.min_life_days, p.supplier_id, k.gtin, k.units, k.level
from products p left join packs k using (sku)
where p.sku in (select unnest($1::text[]) union select sku from packs where gtin = any ($2::text[]))
order by p.sku, k.gtin;
