-- name: lock_orders
-- Locks those of these orders of which lines ship together: how many parcels are left to each, if they are few.
select order_id, max_shipments - shipments as parcels_left from orders
where order_id = any ($1::text[])
  and (max_shipments is not null or exists (
      select from bundles b where b.order_id = orders.order_id and not b.may_ship_in_parts
  ))
order by order_id
for no key update;

-- name: open_lines
-- The lines of orders that are still to be released; of components their bundle, if it ships together; and the units that
-- are free for them: launched, kept for nobody, and with the life that they want on the day on which their node ships next.
select l.order_id, l.line_id,
       (select b.line_id from bundles b
        where b.order_id = l.order_id and b.line_id = l.ordered_line_id and not b.may_ship_in_parts) as bundle_line_id,
       l.per_bundle, l.sku, l.node, q.units - q.claimed as uncovered, q.claimed, q.own_earliest, q.own_latest,
       (select greatest(0, least(
                   sum(lots.on_hand - lots.allocated) - (
                       select p.claimed from positions p where p.sku = l.sku and p.node = l.node
                   ),
                   sum(lots.on_hand - lots.allocated) filter (
                       where lots.expires_on is null or lots.expires_on >= days.ships_on + l.min_life_days
                   ) - (
                       select coalesce(sum(kept.claimed), 0) from queue kept
                       where kept.sku = l.sku and kept.node = l.node and kept.claimed > 0
                         and kept.min_life_days >= l.min_life_days
                   )
               ))
        from lots join products p using (sku)
        where lots.sku = l.sku and lots.node = l.node and lots.is_in_stock
          and (p.launch_on is null or p.launch_on <= days.today))::bigint as free
from lines l
cross join lateral (
    select * from queue
    where queue.sku = l.sku and queue.node = l.node and queue.queue_at = l.queue_at
      and queue.completed_at = l.completed_at and queue.order_id = l.order_id and queue.line_id = l.line_id
    limit 1
) q
left join unnest($2::text[], $3::date[], $4::date[]) as days (node, today, ships_on) on days.node = l.node
where l.order_id = any ($1::text[])
order by l.order_id, l.line_id;

-- name: count_parcels
-- Count a parcel of orders that allow only a few.
update orders set shipments = shipments + 1 where order_id = any ($1::text[]) and max_shipments is not null;

-- name: pass_over
-- Count that others were served before these orders since their rest was not ready; return those at the second time.
update orders set passed_over = passed_over + 1, is_split_suggested = is_split_suggested or passed_over = 1 where order_id = any ($1::text[])
returning order_id, passed_over = 2 as is_listed;

-- name: unlist
-- Listed orders that need no split any more: they have one, or nothing of them waits.
update orders o set is_split_suggested = false
where o.order_id = any ($1::text[]) and o.is_split_suggested
  and ((o.max_shipments is null or o.max_shipments - o.shipments > 1)
           and not exists (select from bundles b where b.order_id = o.order_id and not b.may_ship_in_parts)
       or not exists (
           select from lines l
           join queue q on q.sku = l.sku and q.node = l.node and q.queue_at = l.queue_at
                       and q.completed_at = l.completed_at and q.order_id = l.order_id and q.line_id = l.line_id
           where l.order_id = o.order_id and q.units > q.claimed
       ))
returning order_id;

-- name: authorize
-- Mark orders as paid, or authorised until another instant.
update orders o set authorized_until = told.until
from unnest($1::text[], $2::timestamptz[]) as told (order_id, until) where o.order_id = told.order_id;
