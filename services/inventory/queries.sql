-- name: keep_nodes
-- Remembers nodes; an older version changes nothing.
insert into nodes (node, version)
select node, version from unnest($1::text[], $2::bigint[]) as told (node, version) order by node
on conflict (node) do update set version = excluded.version where nodes.version < excluded.version;

-- name: keep_products
-- Remembers SKUs; an older version changes nothing.
insert into products (sku, version)
select sku, version from unnest($1::text[], $2::bigint[]) as told (sku, version) order by sku
on conflict (sku) do update set version = excluded.version where products.version < excluded.version;

-- name: known_nodes
-- Which of these nodes are known.
select node from nodes where node = any ($1::text[]);

-- name: known_skus
-- Which of these SKUs are known.
select sku from products where sku = any ($1::text[]);

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
select p.sku, p.node, p.sequence
from positions p join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
order by p.sku, p.node
for no key update of p;

-- name: balances
-- Units on hand by status of locked positions.
select b.sku, b.node, b.status, b.on_hand
from balances b join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node);

-- name: lots
-- Units on hand by lot of locked positions, for the lots asked.
select l.sku, l.node, l.status, l.lot, l.on_hand, l.expires_on
from lots l
join unnest($1::text[], $2::text[], $3::text[], $4::text[]) as asked (sku, node, status, lot)
     using (sku, node, status, lot);

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
-- Units on hand by lot.
insert into lots (sku, node, status, lot, on_hand, expires_on)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::date[])
on conflict (sku, node, status, lot) do update set on_hand = excluded.on_hand, expires_on = excluded.expires_on;

-- name: add_movements
-- Adds to the ledger.
insert into movements (movement_id, sku, node, sequence, place, reason, supply_id, order_id, line_id, lane, cause,
                       lot, expires_on, status, delta, on_hand, moved_at)
select told.*, $17::timestamptz
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::int[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::date[], $14::text[], $15::bigint[], $16::bigint[])
     as told;
