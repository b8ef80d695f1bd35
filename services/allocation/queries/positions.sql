-- name: create_positions
-- Create positions that are seen for the first time.
insert into positions (sku, node)
select sku, node from unnest($1::text[], $2::text[]) as asked (sku, node) order by sku, node
on conflict do nothing;

-- name: lock_positions
-- Locks positions in one sorted order, so that no two transactions wait for each other.
select p.sku, p.node, p.version, p.stock_sequence, p.inbound_version, p.availability_version, p.page,
       p.waiting_lines, p.waiting_units, p.waiting_value, p.queue_version, p.page_state_since,
       p.claimed, p.renews
from positions p join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
order by p.sku, p.node
for no key update of p;

-- name: free_lots
-- Sellable units that no line owns, at locked positions.
select l.sku, l.node, l.lot, l.expires_on, l.on_hand - l.allocated as units
from lots l join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
where l.is_in_stock and l.on_hand > l.allocated;

-- name: set_stock
-- How far the news of stock has been applied; units that lines owned and got or lost are gone from both sides at once.
update positions p
set stock_sequence = told.sequence, on_hand = p.on_hand + told.delta, allocated = p.allocated + told.owned
from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
     as told (sku, node, sequence, delta, owned)
where p.sku = told.sku and p.node = told.node;

-- name: create_lots
-- Lots that are seen for the first time, and the expiry that the ledger names now.
insert into lots (sku, node, lot, expires_on, on_hand)
select sku, node, lot, expires_on, 0
from unnest($1::text[], $2::text[], $3::text[], $4::date[]) as told (sku, node, lot, expires_on)
on conflict (sku, node, lot) do update set expires_on = excluded.expires_on
where excluded.expires_on is not null and lots.expires_on is distinct from excluded.expires_on;

-- name: short_lots
-- Lots that would have fewer units than their lines own: how many too few.
select l.sku, l.node, l.lot, (l.allocated + told.owned) - (l.on_hand + told.delta) as units
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) as told (sku, node, lot, delta, owned)
join lots l using (sku, node, lot)
where l.allocated + told.owned > l.on_hand + told.delta;

-- name: lots_after
-- Free units by lot at locked positions after a change of some lots; negative where lines own more than is there.
with told as (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
                  as told (sku, node, lot, delta, owned)
), live as (
    select l.* from lots l join unnest($6::text[], $7::text[]) as asked (sku, node) using (sku, node) where l.is_in_stock
    union all
    select l.* from lots l join told using (sku, node, lot) where not l.is_in_stock
)
select l.sku, l.node, l.lot, l.expires_on,
       (l.on_hand + coalesce(told.delta, 0)) - (l.allocated + coalesce(told.owned, 0)) as units
from live l left join told using (sku, node, lot);

-- name: change_lots
-- Sellable units of a lot that came or left, and how many of it lines own more or less.
update lots l set on_hand = l.on_hand + told.delta, allocated = l.allocated + told.owned
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) as told (sku, node, lot, delta, owned)
where l.sku = told.sku and l.node = told.node and l.lot = told.lot;

-- name: set_positions
-- Write what a position comes to after a change, one version more.
update positions p
set version = p.version + 1, allocated = p.allocated + now_is.allocated, claimed = now_is.claimed,
    waiting_lines = now_is.waiting_lines,
    waiting_units = now_is.waiting_units, waiting_value = now_is.waiting_value,
    queue_version = now_is.queue_version, availability_version = now_is.availability_version, page = now_is.page,
    page_state_since = now_is.page_state_since, renews = now_is.renews
from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
            $9::bigint[], $10::text[], $11::timestamptz[], $12::boolean[])
     as now_is (sku, node, allocated, claimed, waiting_lines, waiting_units, waiting_value, queue_version, availability_version,
                page, page_state_since, renews)
where p.sku = now_is.sku and p.node = now_is.node;
