-- name: lock_orders
-- Locks those of these orders of which lines ship together: how many parcels are left to each, if they are few.
select order_id, max_shipments - shipments as parcels_left from orders
where order_id = any ($1::text[])
  and (max_shipments is not null or exists (
      select from bundles b where b.order_id = orders.order_id and not b.in_parts
  ))
order by order_id
for no key update;

-- name: open_lines
-- The lines of orders that still wait for units, or own units that are not released yet; of components their bundle, if
-- it ships together.
select l.order_id, l.line_id,
       (select b.line_id from bundles b
        where b.order_id = l.order_id and b.line_id = l.bundle_line_id and not b.in_parts) as bundle_line_id,
       l.sku, l.node, coalesce(q.units, 0) as waiting, q.latest as promised_by,
       (select p.on_hand - p.allocated from positions p where p.sku = l.sku and p.node = l.node) as free
from lines l
left join lateral (
    select * from queue
    where queue.sku = l.sku and queue.node = l.node and queue.queue_at = l.queue_at
      and queue.completed_at = l.completed_at and queue.order_id = l.order_id and queue.line_id = l.line_id
    limit 1
) q on true
where l.order_id = any ($1::text[])
  and (q.units is not null
       or (select count(*) from owned o
           where o.order_id = l.order_id and o.line_id = l.line_id and not o.released) > 0)
order by l.order_id, l.line_id;

-- name: unreleased
-- Units that lines of these orders own and that are not released yet.
select o.*, l.expires_on
from owned o join lots l using (sku, node, lot)
where o.order_id = any ($1::text[]) and not o.released
order by o.order_id, o.line_id, o.lot;

-- name: count_parcels
-- Orders that ship in few parcels only have used one more.
update orders set shipments = shipments + 1 where order_id = any ($1::text[]) and max_shipments is not null;

-- name: pass_over
-- Orders that others were served before since the rest of them was not ready; those that were for the second time.
update orders set passed_over = passed_over + 1 where order_id = any ($1::text[])
returning order_id, passed_over;
