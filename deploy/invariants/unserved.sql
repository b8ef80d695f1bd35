-- name: free_lots
-- Sellable units that no line owns, where lines wait.
select sku, node, lot, expires_on, on_hand - allocated as units
from allocation.lots l
where on_hand > allocated and exists (select from allocation.queue q where (q.sku, q.node) = (l.sku, l.node));

-- name: queue
-- The waiting lines that may own units, where units are free; those of orders that ship together may have to wait.
select sku, node, queue_at, completed_at, order_id, line_id, units, q.min_life_days
from allocation.queue q
join allocation.products p using (sku)
join allocation.nodes n using (node)
where q.is_eligible and not q.ships_together
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
