-- name: keep_nodes
-- Remembers nodes and the days on which they work; an older version changes nothing.
insert into nodes (node, version, zone, working_days, holidays)
values ($1, $2, $3, $4, $5)
on conflict (node) do update
set version = excluded.version, zone = excluded.zone, working_days = excluded.working_days, holidays = excluded.holidays
where nodes.version < excluded.version;

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
insert into products (sku, version, dated)
select * from unnest($1::text[], $2::bigint[], $3::boolean[]) as told (sku) order by sku
on conflict (sku) do update set version = excluded.version, dated = excluded.dated
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
select p.sku, p.dated, k.gtin, k.units, k.level
from products p left join packs k using (sku)
where p.sku in (select unnest($1::text[]) union select sku from packs where gtin = any ($2::text[]))
order by p.sku, k.gtin;
