-- name: merchant_of_link
-- Whose order a link of a generation leads to: the newest one, while a line waits or 90 days after the last one ended.
select o.merchant
from orders o left join links l using (order_id) left join order_endings e using (order_id)
where o.order_id = $1 and $2 = coalesce(l.generation, 1)
  and (e.told_at is null or e.told_at > clock() - interval '90 days'
       or exists (select from waiting w where w.order_id = o.order_id));

-- name: revoke_links
-- Makes all links to an order worthless that were sent until now.
insert into links (order_id, generation, revoked_at) values ($1, 2, $2)
on conflict (order_id) do update set generation = links.generation + 1, revoked_at = excluded.revoked_at
returning generation;

-- name: end_orders
-- When units of orders were last shipped, cancelled or declined.
insert into order_endings (order_id, told_at)
select * from unnest($1::text[], $2::timestamptz[]) as ended (order_id, told_at) order by order_id
on conflict (order_id) do update set told_at = greatest(order_endings.told_at, excluded.told_at);
