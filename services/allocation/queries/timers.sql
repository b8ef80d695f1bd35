-- name: is_anything_due
-- Whether anything is due by the clock, or waits for the load of a day.
select (
    select count(*) from unnest(array['position', 'order', 'payment', 'deadline']) kinds (kind)
    where (select due_at from timers t where t.kind = kinds.kind order by due_at limit 1) <= clock()
) > 0
    or (select node from queue where kept_for = 'load' order by node, queue_at limit 1) is not null;

-- name: due
-- What is due of one kind, the longest first.
select distinct subject, detail from (
    select subject, detail from timers where kind = $1 and due_at <= $2::timestamptz order by due_at limit $3
) due;

-- name: set_timers
-- When to decide something again, besides all that is set.
insert into timers (kind, subject, detail, due_at)
select $4, told.subject, told.detail, told.due_at
from unnest($1::text[], $2::text[], $3::timestamptz[]) as told (subject, detail, due_at)
on conflict do nothing;

-- name: forget_timers
-- Delete all timers of one kind of some subjects.
delete from timers t
using unnest($1::text[], $2::text[]) as gone (subject, detail)
where t.kind = $3 and t.subject = gone.subject and t.detail = gone.detail;

-- name: done
-- Delete the timers by which something was due that is decided now.
delete from timers t
using unnest($1::text[], $2::text[]) as done (subject, detail)
where t.kind = $3 and t.subject = done.subject and t.detail = done.detail and t.due_at <= $4::timestamptz;

-- name: put_off
-- Put off what is due, with all that is known of it.
with late as (
    delete from timers t
    using unnest($1::text[], $2::text[]) as late (subject, detail)
    where t.kind = $3 and t.subject = late.subject and t.detail = late.detail and t.due_at <= $4::timestamptz
    returning t.*
)
insert into timers (kind, subject, detail, due_at, by_fact, reason, cause, traceparent)
select distinct on (subject, detail) kind, subject, detail, $5::timestamptz,
       bool_or(by_fact) over (partition by subject, detail), reason, cause, traceparent
from late
order by subject, detail, cause is null, due_at
on conflict (kind, subject, detail, due_at) do update set by_fact = timers.by_fact or excluded.by_fact;

-- name: decide_again
-- Have positions decided again, as part of the fact of which a part was decided.
insert into timers (kind, subject, detail, due_at, by_fact, reason, cause, traceparent)
select 'position', sku, node, $6::timestamptz, true, reason, cause, traceparent
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as rest (sku, node, reason, cause, traceparent)
order by sku, node
on conflict (kind, subject, detail, due_at) do update
set by_fact = true, reason = coalesce(timers.reason, excluded.reason), cause = coalesce(timers.cause, excluded.cause),
    traceparent = case when timers.cause is null then excluded.traceparent else timers.traceparent end;

-- name: decide_groups
-- Have positions of merchants' groups decided again: what may be offered in place of their SKUs has changed.
insert into timers (kind, subject, detail, due_at)
select 'position', sku, p.node, $3::timestamptz
from unnest($1::text[], $2::text[]) as asked (merchant, swap_group)
join products using (merchant, swap_group)
join positions p using (sku)
order by sku, p.node
on conflict do nothing;

-- name: decide_skus
-- Have positions of changed products decided again.
insert into timers (kind, subject, detail, due_at, by_fact)
select 'position', p.sku, p.node, $2::timestamptz, true from positions p where p.sku = any ($1::text[])
order by p.sku, p.node
on conflict (kind, subject, detail, due_at) do update set by_fact = true;

-- name: decide_merchants
-- Have positions decided again of merchants whose orders ship from elsewhere: their SKUs show other pages over all nodes.
insert into timers (kind, subject, detail, due_at, by_fact)
select 'position', p.sku, p.node, $2::timestamptz, true
from products join positions p using (sku) where products.merchant = any ($1::text[])
order by p.sku, p.node
on conflict (kind, subject, detail, due_at) do update set by_fact = true;

-- name: decide_nodes
-- Have positions of nodes with a changed calendar decided again.
insert into timers (kind, subject, detail, due_at, by_fact)
select 'position', p.sku, p.node, $2::timestamptz, true from positions p where p.node = any ($1::text[])
order by p.sku, p.node
on conflict (kind, subject, detail, due_at) do update set by_fact = true;

-- name: decide_policies
-- Have positions decided again that policies are about: one SKU's, or all without a policy of their own.
insert into timers (kind, subject, detail, due_at, by_fact)
select distinct 'position', p.sku, p.node, $3::timestamptz, true
from unnest($1::text[], $2::text[]) as changed (merchant, sku)
join products on products.merchant = changed.merchant and (changed.sku = '' or products.sku = changed.sku)
join positions p on p.sku = products.sku
where changed.sku <> ''
   or not exists (select from policies own where own.merchant = products.merchant and own.sku = products.sku)
order by p.sku, p.node
on conflict (kind, subject, detail, due_at) do update set by_fact = true;

-- name: by_fact
-- Of these subjects those that are due since something was told, and not since time has passed; and by what of which a
-- part was decided, if that is it.
select distinct on (t.subject, t.detail) t.subject, t.detail, t.reason, t.cause, t.traceparent
from timers t join unnest($1::text[], $2::text[]) as asked (subject, detail) using (subject, detail)
where t.kind = $3 and t.by_fact and t.due_at <= $4::timestamptz
order by t.subject, t.detail, t.cause is null, t.due_at;

-- name: look_at
-- Have orders looked at as a whole, and why.
insert into timers (kind, subject, due_at, by_fact, reason, cause, traceparent)
select 'order', told.order_id, $5::timestamptz, true, told.reason, told.cause, told.traceparent
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as told (order_id, reason, cause, traceparent)
on conflict (kind, subject, detail, due_at) do update
set by_fact = true, reason = excluded.reason, cause = excluded.cause, traceparent = excluded.traceparent;

-- name: open_eligible
-- Lines of locked positions that may own units from today on.
update queue q set is_eligible = true
from unnest($1::text[], $2::text[], $3::date[]) as today (sku, node, day), orders o
where q.sku = today.sku and q.node = today.node and not q.is_eligible and q.gate_on <= today.day
  and o.order_id = q.order_id and o.holds = '{}';
