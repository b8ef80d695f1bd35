-- name: create_rollups
-- SKUs whose pages are seen for the first time.
insert into rollups (sku) select sku from unnest($1::text[]) as asked (sku) order by sku
on conflict do nothing;

-- name: lock_rollups
-- Locks the roll-ups of SKUs in one sorted order, after their positions; what each shows.
select sku, page, version from rollups where sku = any ($1::text[]) order by sku for no key update;

-- name: pages
-- What the page of each position of SKUs shows.
select sku, node, page from positions where sku = any ($1::text[]) and page is not null order by sku, node;

-- name: set_rollups
-- What the pages of SKUs show over their nodes from now on.
update rollups r set page = now_is.page, version = now_is.version
from unnest($1::text[], $2::text[], $3::bigint[]) as now_is (sku, page, version)
where r.sku = now_is.sku;
