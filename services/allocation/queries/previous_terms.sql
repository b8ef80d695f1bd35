-- name: keep_launches
-- On which launch the lines of these SKUs were promised, before it became another; what was kept before stands.
insert into previous_terms (sku, node, zone, working_days, holidays, cut_off, rework_days, orders_per_day, launch_on,
                          reason, cause)
select p.sku, p.node, n.zone, n.working_days, n.holidays, n.cut_off, n.rework_days, n.orders_per_day, told.launch_on,
       told.reason, told.cause
from unnest($1::text[], $2::date[], $3::text[], $4::text[]) as told (sku, launch_on, reason, cause)
join positions p using (sku)
join nodes n using (node)
order by p.sku, p.node
on conflict (sku, node) do update set reason = excluded.reason, cause = excluded.cause;

-- name: keep_calendars
-- By which calendar the lines of a node were promised, before it became another; what was kept before stands.
insert into previous_terms (sku, node, zone, working_days, holidays, cut_off, rework_days, orders_per_day, launch_on,
                          reason, cause)
select p.sku, p.node, $2, $3, $4, $5, $6, $7, products.launch_on, $8, $9
from positions p join products using (sku)
where p.node = $1
order by p.sku, p.node
on conflict (sku, node) do update set reason = excluded.reason, cause = excluded.cause;

-- name: take_terms
-- On what the lines of locked positions were promised, where that has changed since: it is read once.
delete from previous_terms t
using unnest($1::text[], $2::text[]) as asked (sku, node)
where t.sku = asked.sku and t.node = asked.node
returning t.*;
