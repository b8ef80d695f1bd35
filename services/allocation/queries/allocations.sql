-- name: named_lines
-- Lines in whose name units left, and how many each still waits for.
select l.order_id, l.line_id, l.sku, l.node, l.units - l.allocated - l.shipped - l.cancelled as waiting
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as named (order_id, line_id, sku, node)
join lines l using (order_id, line_id, sku, node);

-- name: owned_by
-- Units that these lines own, by lot.
select o.*, l.expires_on
from unnest($1::text[], $2::text[]) as named (order_id, line_id)
join owned o using (order_id, line_id)
join lots l using (sku, node, lot);

-- name: last_of_lots
-- The last in the order of service who own units of these lots: as many lines as units are asked.
select o.*, l.expires_on
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as short (sku, node, lot, most)
cross join lateral (
    select * from owned
    where owned.sku = short.sku and owned.node = short.node and owned.lot = short.lot
    order by queue_at desc, completed_at desc, order_id desc, line_id desc limit short.most
) o
join lots l on l.sku = o.sku and l.node = o.node and l.lot = o.lot;

-- name: last_of_positions
-- The last in the order of service who own units of any lot: as many lines as units are asked.
select o.*, l.expires_on
from unnest($1::text[], $2::text[], $3::bigint[]) as short (sku, node, most)
cross join lateral (
    select * from owned
    where owned.sku = short.sku and owned.node = short.node
    order by queue_at desc, completed_at desc, order_id desc, line_id desc limit short.most
) o
join lots l on l.sku = o.sku and l.node = o.node and l.lot = o.lot;

-- name: add_allocations
-- Units that lines got and lost, by lot.
insert into allocations (order_id, line_id, lot, version, change, sku, node, units, allocated_at)
select order_id, line_id, lot, version, change, sku, node, units, $9
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bigint[])
     as changed (order_id, line_id, lot, version, change, sku, node, units);

-- name: own_more
-- Lines own more units of a lot.
insert into owned (order_id, line_id, lot, sku, node, queue_at, completed_at, min_life_days, units)
select order_id, line_id, more.lot, l.sku, l.node, l.queue_at, l.completed_at, l.min_life_days, more.units
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as more (order_id, line_id, lot, units)
join lines l using (order_id, line_id)
on conflict (order_id, line_id, lot) do update set units = owned.units + excluded.units;

-- name: own_less
-- Lines own fewer units of a lot.
update owned o set units = o.units - less.units
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as less (order_id, line_id, lot, units)
where o.order_id = less.order_id and o.line_id = less.line_id and o.lot = less.lot
  and o.units > less.units;

-- name: own_none
-- Delete lots of which a line owns no unit any more.
delete from owned o
using unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as less (order_id, line_id, lot, units)
where o.order_id = less.order_id and o.line_id = less.line_id and o.lot = less.lot
  and o.units = less.units;

-- name: charge_lines
-- Write what lines own and got.
update lines l set allocated = l.allocated + changed.owned, shipped = l.shipped + changed.shipped
from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) as changed (order_id, line_id, owned, shipped)
where l.order_id = changed.order_id and l.line_id = changed.line_id;

-- name: allocate_lots
-- Units of a lot that lines own from now on.
update lots l set allocated = l.allocated + given.units
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as given (sku, node, lot, units)
where l.sku = given.sku and l.node = given.node and l.lot = given.lot;

-- name: add_unknown_shipments
-- Units that were shipped to lines that are not known.
insert into unknown_shipments (order_id, line_id, sku, node, lot, units)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
on conflict (order_id, line_id, sku, node, lot) do update set units = unknown_shipments.units + excluded.units;

-- name: unknown_shipments
-- Units that were shipped to these orders before they were known.
select s.* from unknown_shipments s where s.order_id = any ($1::text[]) order by s.order_id, s.line_id, s.lot;
