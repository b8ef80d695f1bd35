-- name: create_loads
-- Create the loads of days that are filled for the first time.
insert into day_loads (node, ships_on)
select node, ships_on from unnest($1::text[], $2::date[]) as asked (node, ships_on) order by node, ships_on
on conflict do nothing;

-- name: lock_loads
-- Locks the loads of days in one sorted order, after positions and orders; how many orders each has.
select l.node, l.orders
from day_loads l join unnest($1::text[], $2::date[]) as asked (node, ships_on) using (node, ships_on)
order by l.node, l.ships_on
for no key update of l;

-- name: loads
-- How many orders the loads of days have.
select l.node, l.orders
from day_loads l join unnest($1::text[], $2::date[]) as asked (node, ships_on) using (node, ships_on);

-- name: add_to_loads
-- Add orders to the loads of days.
update day_loads l set orders = l.orders + more.orders
from unnest($1::text[], $2::date[], $3::bigint[]) as more (node, ships_on, orders)
where l.node = more.node and l.ships_on = more.ships_on;

-- name: next_of_loads
-- The first orders of each node that stock covers and that wait for the load of a day, as many as asked.
select u.*
from unnest($1::text[], $2::bigint[]) as asked (node, most)
cross join lateral (
    select distinct queue.node, queue.queue_at, queue.completed_at, queue.order_id from queue
    where queue.node = asked.node and queue.kept_for = 'load'
    order by queue.queue_at, queue.completed_at, queue.order_id limit asked.most
) u;

-- name: orders_kept_for_loads
-- How many orders of each node wait for the load of a later day.
select queue.node, count(distinct queue.order_id) as orders
from queue where queue.node = any ($1::text[]) and queue.kept_for = 'load' group by queue.node;

-- name: nodes_with_loads
-- Nodes of which orders wait for the load of a day.
select n.node from nodes n
where (select q.node from queue q where q.node = n.node and q.kept_for = 'load' limit 1) is not null;

-- name: keep_for_rest
-- Orders do not go with a load before they are looked at as a whole.
update queue q set kept_for = case q.kept_for when 'load' then 'rest' else q.kept_for end
from unnest($1::text[]) as named (order_id) join lines l using (order_id)
where q.sku = l.sku and q.node = l.node and q.queue_at = l.queue_at
  and q.completed_at = l.completed_at and q.order_id = l.order_id and q.line_id = l.line_id;
