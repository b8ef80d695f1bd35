-- name: known_movements
-- Which of these movements are in the ledger already.
select movement_id from movements where movement_id = any ($1::text[]);

-- name: create_positions
-- Positions that are seen for the first time.
insert into positions (sku, node)
select sku, node from unnest($1::text[], $2::text[]) as asked (sku, node) order by sku, node
on conflict do nothing;

-- name: lock_positions
-- Locks positions in one sorted order, so that no two transactions wait for each other.
select p.sku, p.node, p.sequence, p.opened_at
from positions p join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
order by p.sku, p.node
for no key update of p;

-- name: balances
-- Units on hand by status of locked positions.
select b.sku, b.node, b.status, b.on_hand
from balances b join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node);

-- name: lots
-- What is on hand of lots at locked positions, in every status.
select l.sku, l.node, l.status, l.lot, l.on_hand, l.expires_on, l.counted_at
from unnest($1::text[], $2::text[], $3::text[]) as asked (sku, node, lot)
cross join unnest(array['sellable', 'rework', 'quarantine', 'damaged']) as every (status)
join lots l using (sku, node, status, lot)
order by l.expires_on nulls last;

-- name: happened_of
-- When movements happened on the floor.
select movement_id, happened_at from movements where movement_id = any ($1::text[]);

-- name: kept
-- Lots that left sellable for quarantine: when last, and how many of the units there are others.
select l.sku, l.node, l.lot, k.at, greatest(l.on_hand - greatest(k.units, 0), 0)::bigint as others
from unnest($1::text[], $2::text[], $3::text[]) as asked (sku, node, lot)
join lots l on l.sku = asked.sku and l.node = asked.node and l.status = 'quarantine' and l.lot = asked.lot
cross join lateral (
    select sum(m.delta) filter (where m.delta < 0 or m.reason in ('expiry', 'hold', 'short')) as units,
           max(m.happened_at) filter (where m.delta > 0 and m.reason in ('expiry', 'hold', 'short')) as at
    from movements m
    where m.sku = l.sku and m.node = l.node and m.status = l.status and m.lot = l.lot
) k
where l.on_hand > 0 and k.at is not null;

-- name: renamed
-- The names that lots without units have now whose units were all corrected to another lot, and that to another, and so on.
with recursive known_as as (
    select sku, node, lot as was, lot, 0 as step
    from unnest($1::text[], $2::text[], $3::text[]) as asked (sku, node, lot)
    union all
    select k.sku, k.node, k.was, corrected.lot, k.step + 1
    from known_as k
    cross join lateral (
        select came.lot
        from movements gone
        join movements came on came.sku = gone.sku and came.node = gone.node and came.sequence = gone.sequence
        where gone.sku = k.sku and gone.node = k.node and gone.status = 'sellable' and gone.lot = k.lot
          and gone.reason = 'lot_correction' and gone.delta < 0
          and came.cause = gone.cause and came.reason = 'lot_correction' and came.delta > 0 and came.lot <> gone.lot
        order by gone.sequence desc limit 1
    ) corrected
    where k.step < 10
      and not exists (select from lots l where l.sku = k.sku and l.node = k.node and l.lot = k.lot and l.on_hand > 0)
)
select distinct on (sku, node, was) sku, node, was, lot from known_as where step > 0 order by sku, node, was, step desc;

-- name: set_sequences
-- The sequence of the news about each position.
update positions p set sequence = now_at.sequence
from unnest($1::text[], $2::text[], $3::bigint[]) as now_at (sku, node, sequence)
where p.sku = now_at.sku and p.node = now_at.node;

-- name: set_balances
-- Units on hand by status.
insert into balances (sku, node, status, on_hand)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
on conflict (sku, node, status) do update set on_hand = excluded.on_hand;

-- name: set_lots
-- Units on hand by lot, when they were counted last, and until when they may be sold.
insert into lots (sku, node, status, lot, on_hand, expires_on, counted_at, last_day)
select told.*, told.expires_on - p.min_life_days
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::date[], $7::timestamptz[])
     as told (sku, node, status, lot, on_hand, expires_on, counted_at)
join products p using (sku)
on conflict (sku, node, status, lot) do update
set on_hand = excluded.on_hand, expires_on = excluded.expires_on, counted_at = excluded.counted_at,
    last_day = excluded.last_day;

-- name: set_expiries
-- A lot has one expiry, in every status.
update lots l set expires_on = told.expires_on, last_day = told.expires_on - p.min_life_days
from unnest($1::text[], $2::text[], $3::text[], $4::date[]) as told (sku, node, lot, expires_on)
cross join unnest(array['sellable', 'rework', 'quarantine', 'damaged']) as every (status)
join products p using (sku)
where l.sku = told.sku and l.node = told.node and l.status = every.status and l.lot = told.lot
  and l.expires_on is distinct from told.expires_on;

-- name: add_movements
-- Adds to the ledger.
insert into movements (movement_id, sku, node, sequence, place, reason, supply_id, order_id, line_id, lane, cause,
                       lot, expires_on, status, delta, on_hand, happened_at, moved_at)
select told.*, $18::timestamptz
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::int[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::date[], $14::text[], $15::bigint[], $16::bigint[],
            $17::timestamptz[])
     as told;
