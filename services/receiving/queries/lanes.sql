-- name: waiting_units
-- What customers wait for at positions and no lane holds yet; below 0 where lanes hold more.
select q.sku, q.node, q.waiting_units - q.staged_units as waiting
from queues q join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node);

-- name: lock_lanes
-- Locks the lanes of nodes in one sorted order.
select from lanes where node = any ($1::text[])
order by node, place
for no key update;

-- name: filled_lanes
-- Locked lanes in the order in which they fill, and what stands in them.
select l.node, l.lane, l.capacity,
       coalesce((select sum(s.units) from staged_units s where s.node = l.node and s.lane = l.lane), 0)::bigint as units
from lanes l where l.node = any ($1::text[])
order by l.node, l.place;

-- name: staged_units
-- What of positions stands in which lane, in the order in which lanes fill.
select s.sku, s.node, s.lane, s.units
from staged_units s
join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
left join lanes l using (node, lane)
order by s.sku, s.node, l.place, s.lane;

-- name: forget_staged
-- Before what of positions stands in lanes is told anew.
delete from staged_units s using unnest($1::text[], $2::text[]) as asked (sku, node)
where s.sku = asked.sku and s.node = asked.node;

-- name: keep_staged
-- What of positions stands in lanes.
insert into staged_units (sku, node, lane, units) select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]);

-- name: add_staged_to_queues
-- What was put in lanes since allocation told how much waits, or taken out again.
update queues q set staged_units = greatest(0, q.staged_units + told.units)
from unnest($1::text[], $2::text[], $3::bigint[]) as told (sku, node, units)
where q.sku = told.sku and q.node = told.node;

-- name: shipped_until
-- Up to which of its news the shipments of a locked position are known.
select p.sku, p.node, p.shipped_sequence
from positions p join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node);

-- name: set_shipped_until
-- Up to which of its news the shipments of a position are known by now.
update positions p set shipped_sequence = told.sequence
from unnest($1::text[], $2::text[], $3::bigint[]) as told (sku, node, sequence)
where p.sku = told.sku and p.node = told.node;
