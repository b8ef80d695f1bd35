-- name: named_lines
-- Lines in whose name units left, and how many each still waits for.
select l.order_id, l.line_id, l.sku, l.node, coalesce((
           select q.units from queue q
           where q.sku = l.sku and q.node = l.node and q.queue_at = l.queue_at and q.completed_at = l.completed_at
             and q.order_id = l.order_id and q.line_id = l.line_id limit 1
       ), 0) as waiting
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as named (order_id, line_id, sku, node)
join lines l using (order_id, line_id, sku, node);

-- name: owned_by
-- Units that these lines own, by lot.
select r.*, l.expires_on
from unnest($1::text[], $2::text[]) as named (order_id, line_id)
join releases r using (order_id, line_id)
join lots l using (sku, node, lot)
where r.on_floor > 0;

-- name: last_of_lots
-- The last in the order of service who own units of these lots: as many lines as units are asked.
select o.*, l.expires_on
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as short (sku, node, lot, most)
cross join lateral (
    select * from releases r
    where r.sku = short.sku and r.node = short.node and r.lot = short.lot and r.on_floor > 0
    order by queue_at desc, completed_at desc, order_id desc, line_id desc limit short.most
) o
join lots l on l.sku = o.sku and l.node = o.node and l.lot = o.lot;

-- name: last_of_positions
-- The last in the order of service who own units of any lot: as many lines as units are asked.
select o.*, l.expires_on
from unnest($1::text[], $2::text[], $3::bigint[]) as short (sku, node, most)
cross join lateral (
    select * from releases r
    where r.sku = short.sku and r.node = short.node and r.on_floor > 0
    order by queue_at desc, completed_at desc, order_id desc, line_id desc limit short.most
) o
join lots l on l.sku = o.sku and l.node = o.node and l.lot = o.lot;

-- name: add_departures
-- Units that lines had and have no longer, by lot.
insert into departures (order_id, line_id, lot, version, way, sku, node, units, left_at)
select order_id, line_id, lot, version, way, sku, node, units, $9
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bigint[])
     as gone (order_id, line_id, lot, version, way, sku, node, units);

-- name: take_from_floor
-- Lines have fewer units of a lot on the floor: first of what came last.
update releases r set on_floor = r.on_floor - least(r.on_floor, taken.units - taken.before)
from (
    select here.order_id, here.line_id, here.lot, here.version, here.way, less.units,
           sum(here.on_floor) over (partition by here.order_id, here.line_id, here.lot order by here.version desc, here.way)
               - here.on_floor as before
    from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as less (order_id, line_id, lot, units)
    join releases here using (order_id, line_id, lot)
    where here.on_floor > 0
) taken
where r.order_id = taken.order_id and r.line_id = taken.line_id and r.lot = taken.lot and r.version = taken.version
  and r.way = taken.way and taken.before < taken.units;

-- name: add_releases
-- Units of lots that lines have in place of those of another lot, or were shipped without having been their own.
insert into releases (order_id, line_id, lot, version, way, sku, node, queue_at, completed_at, min_life_days, units,
                      on_floor, line_version, released_at)
select order_id, line_id, more.lot, p.version + 1, more.way, l.sku, l.node, l.queue_at, l.completed_at, l.min_life_days,
       more.units, more.on_floor, 0, $7
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
     as more (order_id, line_id, lot, way, units, on_floor)
join lines l using (order_id, line_id)
join positions p using (sku, node)
on conflict (order_id, line_id, lot, version, way) do update
set units = releases.units + excluded.units, on_floor = releases.on_floor + excluded.on_floor;

-- name: charge_lines
-- Write what was shipped to lines.
update lines l set shipped = l.shipped + changed.shipped
from unnest($1::text[], $2::text[], $3::bigint[]) as changed (order_id, line_id, shipped)
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
