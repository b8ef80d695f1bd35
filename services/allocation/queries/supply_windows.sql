-- name: move_supplies
-- Supplies of locked positions that nobody has heard of in time are ready in other windows from now on.
update supplies s
set earliest = now_is.earliest, latest = now_is.latest, reason = now_is.reason, cause = now_is.cause
from unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::date[], $6::text[], $7::text[])
     as now_is (sku, node, supply_id, earliest, latest, reason, cause)
where s.sku = now_is.sku and s.node = now_is.node and s.supply_id = now_is.supply_id;

-- name: move_rework
-- Units in rework at locked positions take longer than they should.
update rework r set earliest = now_is.earliest, latest = now_is.latest, cause = now_is.cause
from unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::date[], $6::text[])
     as now_is (sku, node, posted_on, earliest, latest, cause)
where r.sku = now_is.sku and r.node = now_is.node and r.posted_on = now_is.posted_on;

-- name: set_reorders
-- When what is not on its way yet will be ready for those who wait for it at locked positions; none: nobody does.
update positions p set reorder_earliest = now_is.earliest, reorder_latest = now_is.latest
from unnest($1::text[], $2::text[], $3::date[], $4::date[]) as now_is (sku, node, earliest, latest)
where p.sku = now_is.sku and p.node = now_is.node;

-- name: keep_suppliers
-- How often suppliers are on time, as told last.
insert into suppliers (supplier_id, on_time_share, told_at)
select * from unnest($1::text[], $2::int[], $3::timestamptz[]) as told (supplier_id)
order by supplier_id
on conflict (supplier_id) do update set on_time_share = excluded.on_time_share, told_at = excluded.told_at
where suppliers.told_at <= excluded.told_at;
