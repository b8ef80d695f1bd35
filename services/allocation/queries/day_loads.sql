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

-- name: next_deferred
-- The first deferred orders of each node that still own what they wait with, as many as asked.
select u.*
from unnest($1::text[], $2::bigint[]) as asked (node, most)
cross join lateral (
    select * from deferred_orders
    where deferred_orders.node = asked.node
      and (select o.units from owned o where o.order_id = deferred_orders.order_id and not o.released limit 1) is not null
    order by deferred_orders.queue_at, deferred_orders.completed_at, deferred_orders.order_id limit asked.most
) u;

-- name: nodes_with_deferred
-- Nodes that have deferred orders.
select n.node from nodes n
where (select u.node from deferred_orders u where u.node = n.node limit 1) is not null;

-- name: defer
-- Defer orders, with the units that they own, to a later load.
insert into deferred_orders (node, queue_at, completed_at, order_id)
select * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[])
on conflict do nothing;

-- name: take_deferred
-- End the deferral of orders whose turn has come.
delete from deferred_orders where order_id = any ($1::text[]);

-- name: forget_deferred
-- End the deferral of orders of nodes that own nothing more that is not on the floor.
delete from deferred_orders u
where u.node = any ($1::text[])
  and not exists (select from owned o where o.order_id = u.order_id and not o.released);
