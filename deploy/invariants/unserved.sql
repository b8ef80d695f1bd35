-- name: free_lots
-- Sellable units that no line owns, where lines wait.
select sku, node, lot, expires_on, on_hand - allocated as units
from allocation.lots l
where on_hand > allocated and exists (select from allocation.queue q where (q.sku, q.node) = (l.sku, l.node));

-- name: queue
-- The waiting lines that may get units, where units are free, but those of orders that ship together, which may have to
-- wait; and those that stock covers, whose units are not free.
select sku, node, queue_at, completed_at, order_id, line_id, claimed as units, min_life_days, true as is_covered
from allocation.queue where claimed > 0
union all
select sku, node, queue_at, completed_at, order_id, line_id, units - claimed, q.min_life_days, false
from allocation.queue q
join allocation.products p using (sku)
join allocation.nodes n using (node)
where q.is_eligible and not q.ships_together and q.units > q.claimed
  and (p.launch_on is null or p.launch_on <= (allocation.clock() at time zone n.zone)::date)
  and exists (
    select from allocation.lots l where (l.sku, l.node) = (q.sku, q.node) and l.on_hand > l.allocated
)
order by sku, node, queue_at, completed_at, order_id, line_id;

-- name: calendars
-- When nodes ship.
select node, zone, working_days, holidays, cut_off from allocation.nodes;

-- name: now
-- The business time.
select allocation.clock();
