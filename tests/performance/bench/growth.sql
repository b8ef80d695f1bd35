-- name: grow_orders
-- Orders from one number up to another, each a second later than the one before.
insert into orders
select 'HOT/' || to_char(n, 'FM0000000'), o.merchant, o.market, o.completed_at + n * interval '1 second', o.priority
from generate_series($1::int, $2::int - 1) n, (select * from orders order by order_id desc limit 1) o;

-- name: grow_lines
-- Their lines, which want what the first one does.
insert into lines (order_id, line_id, ordered_line_id, sku, node, units, queue_at, completed_at, min_life_days,
                   unit_price, is_declined, line_version)
select 'HOT/' || to_char(n, 'FM0000000'), l.line_id, l.ordered_line_id, l.sku, l.node, l.units, l.queue_at + n * interval '1 second',
       l.completed_at + n * interval '1 second', l.min_life_days, l.unit_price, false, l.line_version
from generate_series($1::int, $2::int - 1) n, (select * from lines order by order_id desc limit 1) l;

-- name: grow_queue
-- They wait.
insert into queue (sku, node, queue_at, completed_at, order_id, line_id, units, min_life_days, earliest, latest,
                   unit_price, ships_together, is_eligible, line_version)
select q.sku, q.node, q.queue_at + n * interval '1 second', q.completed_at + n * interval '1 second',
       'HOT/' || to_char(n, 'FM0000000'), q.line_id, q.units, q.min_life_days, q.earliest, q.latest, q.unit_price,
       q.ships_together, q.is_eligible, q.line_version
from generate_series($1::int, $2::int - 1) n, (select * from queue order by order_id desc limit 1) q;

-- name: grow_promises
-- They hold a promise.
insert into promises (order_id, line_id, line_version, sku, node, version, units, earliest, latest, supply_id, reason, cause,
                      consent, promised_at)
select 'HOT/' || to_char(n, 'FM0000000'), p.line_id, p.line_version, p.sku, p.node, p.version, p.units, p.earliest, p.latest,
       p.supply_id, p.reason, p.cause, p.consent, p.promised_at
from generate_series($1::int, $2::int - 1) n, (select * from promises order by order_id desc limit 1) p;

-- name: grow_supply
-- The truck brings enough for all.
update supplies set expected = $1;

-- name: grow_boundaries
-- It ends with the queue.
update boundaries set units = $1;

-- name: grow_position
-- All who wait are counted.
update positions p
set (waiting_lines, waiting_units, waiting_value) = (select count(*), sum(units), sum(units * unit_price) from queue);
