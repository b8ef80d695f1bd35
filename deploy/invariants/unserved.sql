-- name: free_lots
-- Sellable units that no line owns, where lines wait.
select sku, node, lot, expires_on, on_hand - allocated as units
from allocation.lots l
where on_hand > allocated and exists (select from allocation.queue q where (q.sku, q.node) = (l.sku, l.node));

-- name: queue
-- The waiting lines where units are free.
select sku, node, queue_at, completed_at, order_id, line_id, units, min_life_days
from allocation.queue q
where exists (
    select from allocation.lots l where (l.sku, l.node) = (q.sku, q.node) and l.on_hand > l.allocated
)
order by sku, node, queue_at, completed_at, order_id, line_id;

-- name: calendars
-- When nodes ship.
select node, zone, working_days, holidays, cut_off from allocation.nodes;

-- name: now
-- The business time.
select allocation.clock();
