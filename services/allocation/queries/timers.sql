-- name: is_anything_due
-- Whether anything is due by the clock, or waits for the load of a day.
select exists (select from due_positions where due_at <= clock())
    or exists (select from due_orders where due_at <= clock())
    or exists (select from orders where payment_look_at <= clock())
    or exists (select from rule_states where due_at <= clock())
    or (select node from queue where kept_for = 'load' order by node, queue_at limit 1) is not null;

-- name: open_gates
-- Set when lines of positions may own units, once a day has come.
insert into due_positions (sku, node, due_at)
select * from unnest($1::text[], $2::text[], $3::timestamptz[])
on conflict do nothing;

-- name: decide_again
-- Have positions decided again, as part of the fact of which a part was decided.
insert into due_positions (sku, node, due_at, by_fact, reason, cause, traceparent)
select sku, node, $6::timestamptz, true, reason, cause, traceparent
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as rest (sku, node, reason, cause, traceparent)
order by sku, node
on conflict (sku, node, due_at) do update
set by_fact = true, reason = coalesce(due_positions.reason, excluded.reason),
    cause = coalesce(due_positions.cause, excluded.cause),
    traceparent = case when due_positions.cause is null then excluded.traceparent else due_positions.traceparent end;

-- name: decide_groups
-- Have positions of merchants' groups decided again: what may be offered in place of their SKUs has changed.
insert into due_positions (sku, node, due_at)
select sku, p.node, $3::timestamptz
from unnest($1::text[], $2::text[]) as asked (merchant, swap_group)
join products using (merchant, swap_group)
join positions p using (sku)
order by sku, p.node
on conflict do nothing;

-- name: decide_skus
-- Have positions of changed products decided again.
insert into due_positions (sku, node, due_at, by_fact)
select p.sku, p.node, $2::timestamptz, true from positions p where p.sku = any ($1::text[])
order by p.sku, p.node
on conflict (sku, node, due_at) do update set by_fact = true;

-- name: decide_nodes
-- Have positions of nodes with a changed calendar decided again.
insert into due_positions (sku, node, due_at, by_fact)
select p.sku, p.node, $2::timestamptz, true from positions p where p.node = any ($1::text[])
order by p.sku, p.node
on conflict (sku, node, due_at) do update set by_fact = true;

-- name: decide_policies
-- Have positions decided again that policies are about: one SKU's, or all without a policy of their own.
insert into due_positions (sku, node, due_at, by_fact)
select distinct p.sku, p.node, $3::timestamptz, true
from unnest($1::text[], $2::text[]) as changed (merchant, sku)
join products on products.merchant = changed.merchant and (changed.sku = '' or products.sku = changed.sku)
join positions p on p.sku = products.sku
where changed.sku <> ''
   or not exists (select from policies own where own.merchant = products.merchant and own.sku = products.sku)
order by p.sku, p.node
on conflict (sku, node, due_at) do update set by_fact = true;

-- name: by_fact
-- Of these positions those that are due since something was told, and not since time has passed; and by what of which a
-- part was decided, if that is it.
select distinct on (d.sku, d.node) d.sku, d.node, d.reason, d.cause, d.traceparent
from due_positions d join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
where d.by_fact and d.due_at <= $3::timestamptz
order by d.sku, d.node, d.cause is null, d.due_at;

-- name: look_at
-- Orders that ship together and have lines elsewhere than at these positions: to be looked at as a whole.
insert into due_orders (order_id, due_at)
select o.order_id, $2::timestamptz
from orders o
where o.order_id = any ($1::text[])
  and (o.max_shipments is not null or exists (select from bundles b where b.order_id = o.order_id and not b.may_ship_in_parts))
  and exists (
      select from lines l
      where l.order_id = o.order_id and l.units > l.shipped + l.cancelled
        and (l.sku, l.node) not in (select * from unnest($3::text[], $4::text[]))
  )
on conflict do nothing;

-- name: look_again
-- Orders that ship together, and when the rest of them may be near enough to keep units for it.
insert into due_orders (order_id, due_at)
select due.order_id, due.due_at
from unnest($1::text[], $2::timestamptz[]) as due (order_id, due_at)
on conflict do nothing;

-- name: due_positions
-- Positions whose time has come, the longest first.
select distinct sku, node from (
    select sku, node from due_positions where due_at <= $1::timestamptz order by due_at limit $2
) due;

-- name: done_positions
-- Delete the timers of decided positions.
delete from due_positions d
using unnest($1::text[], $2::text[]) as done (sku, node)
where d.sku = done.sku and d.node = done.node and d.due_at <= $3::timestamptz;

-- name: open_eligible
-- Lines of locked positions that may own units from today on.
update queue q set is_eligible = true
from unnest($1::text[], $2::text[], $3::date[]) as today (sku, node, day), orders o
where q.sku = today.sku and q.node = today.node and not q.is_eligible and q.gate_on <= today.day
  and o.order_id = q.order_id and o.holds = '{}';

-- name: due_orders
-- Orders whose time has come, the longest first.
select distinct order_id from (
    select order_id from due_orders where due_at <= $1::timestamptz order by due_at limit $2
) due;

-- name: done_orders
-- Delete the timers of orders that were looked at.
delete from due_orders where order_id = any ($1::text[]) and due_at <= $2::timestamptz;

-- name: put_off_positions
-- Put off the decision of positions.
with late as (
    delete from due_positions d
    using unnest($1::text[], $2::text[]) as late (sku, node)
    where d.sku = late.sku and d.node = late.node and d.due_at <= $3::timestamptz
    returning d.*
)
insert into due_positions (sku, node, due_at, by_fact, reason, cause, traceparent)
select distinct on (sku, node) sku, node, $4::timestamptz, bool_or(by_fact) over (partition by sku, node), reason, cause,
       traceparent
from late
order by sku, node, cause is null, due_at
on conflict (sku, node, due_at) do update set by_fact = due_positions.by_fact or excluded.by_fact;

-- name: put_off_orders
-- Put off the look at orders.
with late as (delete from due_orders where order_id = any ($1::text[]) and due_at <= $2::timestamptz returning order_id)
insert into due_orders (order_id, due_at)
select distinct order_id, $3::timestamptz from late
on conflict do nothing;
