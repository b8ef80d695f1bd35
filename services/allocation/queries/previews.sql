-- name: be_brief
-- For this transaction alone: how long it waits for what others lock, and how long one of its statements may take.
select set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true);

-- name: pages_before
-- What the pages of positions and of their SKUs show.
select p.sku, p.node, p.page
from positions p join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
where p.page is not null
union all
select r.sku, '', r.page from rollups r where r.sku = any ($1::text[]) and r.page is not null;

-- name: listed_at
-- What is on its way to positions, as it was told last.
select s.sku, s.node, s.supply_id, s.expected, s.earliest, s.latest, s.cause, s.reason, s.on_time_share,
       s.reliable_on, s.is_estimated, lots.expire_on, lots.expiring
from supplies s join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
cross join lateral (
    select array_agg(l.expires_on order by l.expires_on) as expire_on,
           array_agg(l.expected order by l.expires_on) as expiring
    from supply_lots l
    where l.sku = s.sku and l.node = s.node and l.supply_id = s.supply_id and l.expected > 0
) lots
where s.is_listed and s.kind = 'inbound'
order by s.sku, s.node, s.supply_id;

-- name: positions_of_supply
-- To which positions a supply is on its way.
select sku, node from supplies where supply_id = $1 and kind = 'inbound' and is_listed order by sku, node;

-- name: end_gathering
-- Let units go that are kept for more of their truck.
update queue set kept_until = $3::timestamptz where sku = $1 and node = $2 and kept_for = 'truck' and claimed > 0
returning order_id;

-- name: policy_version
-- The version of a policy that is in force.
select version from policies where merchant = $1 and sku = $2;

-- name: front_of_queue
-- When the first line of a queue joined it, as its order of service counts.
select queue_at from queue where sku = $1 and node = $2
order by queue_at, completed_at, order_id, line_id limit 1;

-- name: rows_due
-- What is due by now: which positions, since when and why.
select subject as sku, detail as node, due_at, by_fact from timers
where kind = 'position' and due_at <= $1::timestamptz order by due_at limit $2;
