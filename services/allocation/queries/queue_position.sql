-- name: line_in_queue
-- A line, its order, its bundle, if that ships together, what waits of it and at its position, and who moved it last.
select (select b.line_id from bundles b
        where b.order_id = l.order_id and b.line_id = l.ordered_line_id and not b.may_ship_in_parts) as bundle_line_id,
       l.order_id, l.line_id, l.sku, l.node, l.shipped,
       (select coalesce(sum(r.on_floor), 0) from releases r
        where r.order_id = l.order_id and r.line_id = l.line_id)::bigint as allocated,
       l.cancelled, l.queue_at, l.completed_at,
       o.merchant, o.priority, o.holds, o.ship_not_before, o.max_shipments - o.shipments as parcels_left,
       coalesce(q.units, 0) as waiting, coalesce(q.claimed, 0) as claimed,
       coalesce(q.is_eligible, false) as is_eligible, q.earliest, q.latest,
       p.waiting_lines, p.waiting_units, moved.moved_by, moved.reason as moved_why,
       l.min_life_days > (select min_life_days from products where products.sku = l.sku) as asks_longer_life,
       (select r.supply_id from promises r where r.order_id = l.order_id and r.line_id = l.line_id
        order by r.line_version desc limit 1) as promised_from
from lines l
join orders o using (order_id)
join positions p using (sku, node)
left join lateral (
    select * from queue
    where queue.sku = l.sku and queue.node = l.node and queue.queue_at = l.queue_at
      and queue.completed_at = l.completed_at and queue.order_id = l.order_id and queue.line_id = l.line_id
    limit 1
) q on true
left join lateral (
    select * from moves
    where moves.order_id = l.order_id and moves.line_id = l.line_id order by moved_at desc, change_no desc limit 1
) moved on true
where l.order_id = $1 and l.line_id = $2;

-- name: lines_before
-- The first lines of a queue after one place and before another, and who moved each.
select q.order_id, q.line_id, q.units, q.claimed, q.queue_at, q.completed_at, q.is_eligible, q.earliest, q.latest,
       o.merchant, o.priority, moved.moved_by, moved.reason as moved_why
from (
    select * from queue
    where queue.sku = $1 and queue.node = $2
      and (queue.queue_at, queue.completed_at, queue.order_id, queue.line_id) > ($3, $4, $5, $6)
      and (queue.queue_at, queue.completed_at, queue.order_id, queue.line_id) < ($7, $8, $9, $10)
    order by queue.queue_at, queue.completed_at, queue.order_id, queue.line_id limit $11
) q
cross join lateral (select * from orders where orders.order_id = q.order_id limit 1) o
left join lateral (
    select * from moves
    where moves.order_id = q.order_id and moves.line_id = q.line_id order by moved_at desc, change_no desc limit 1
) moved on true
order by q.queue_at, q.completed_at, q.order_id, q.line_id;

-- name: passed_by
-- Lines behind a place that have units of the position on the floor, or are covered by units in stock, the last first.
select found.order_id, found.line_id, sum(found.units)::bigint as units
from (
    (
        select order_id, line_id, queue_at, completed_at, on_floor as units from releases r
        where r.sku = $1 and r.node = $2 and r.on_floor > 0
          and (r.queue_at, r.completed_at, r.order_id, r.line_id) > ($3, $4, $5, $6)
        order by r.queue_at desc, r.completed_at desc, r.order_id desc, r.line_id desc limit $7
    )
    union all
    (
        select order_id, line_id, queue_at, completed_at, claimed from queue
        where queue.sku = $1 and queue.node = $2 and queue.claimed > 0
          and (queue.queue_at, queue.completed_at, queue.order_id, queue.line_id) > ($3, $4, $5, $6)
        order by queue.queue_at desc, queue.completed_at desc, queue.order_id desc, queue.line_id desc limit $7
    )
) found
group by found.order_id, found.line_id, found.queue_at, found.completed_at
order by found.queue_at desc, found.completed_at desc, found.order_id desc, found.line_id desc
limit $7;
