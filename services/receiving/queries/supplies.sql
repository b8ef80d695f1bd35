-- name: create_positions
-- Positions that are seen for the first time.
insert into positions (sku, node)
select sku, node from unnest($1::text[], $2::text[]) as asked (sku, node) order by sku, node
on conflict do nothing;

-- name: lock_positions
-- Locks positions in one sorted order, so that no two transactions wait for each other.
select p.sku, p.node, p.version
from positions p join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
order by p.sku, p.node
for no key update of p;

-- name: set_versions
-- The version of what was told of each position's inbound.
update positions p set version = told.version
from unnest($1::text[], $2::text[], $3::bigint[]) as told (sku, node, version)
where p.sku = told.sku and p.node = told.node;

-- name: supplies_to_come
-- All that is on its way to locked positions: announced, and not landed yet.
select s.sku, s.node, s.supply_id, s.expected_units, s.sellable + s.quarantine + s.damaged as received, s.closed,
       a.earliest, a.latest, a.supplier_id, a.cause, a.reason, a.basis
from supplies s
join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
join asns a on a.asn_id = s.supply_id
where not s.landed and s.expected_units > 0
order by s.sku, s.node, s.supply_id;

-- name: landed_by
-- The stock sequence by which the supplies of locked positions that have landed did so.
select asked.sku, asked.node, last.stocked_sequence
from unnest($1::text[], $2::text[]) as asked (sku, node)
cross join lateral (
    select s.stocked_sequence from supplies s
    where s.sku = asked.sku and s.node = asked.node and s.landed and s.stocked_sequence is not null
    order by s.stocked_sequence desc limit 1
) as last;

-- name: supplies_of
-- Every position that ASNs brought or will bring something to.
select supply_id, sku, node from supplies where supply_id = any ($1::text[]);

-- name: closed_lines
-- What ASNs were to bring and what came, SKU by SKU.
select supply_id, sku, sum(expected_units)::bigint as expected,
       sum(sellable + quarantine + damaged)::bigint as received, sum(damaged)::bigint as damaged
from supplies where supply_id = any ($1::text[])
group by supply_id, sku
having sum(expected_units + sellable + quarantine + damaged) > 0
order by supply_id, sku;

-- name: expect
-- What supplies bring, as the counted lines of the newest revision say.
insert into supplies (supply_id, sku, node, expected_units, closed)
select asked.supply_id, asked.sku, asked.node, coalesce(sum(l.units), 0), a.closed_at is not null
from unnest($1::text[], $2::text[], $3::text[]) as asked (supply_id, sku, node)
join asns a on a.asn_id = asked.supply_id
left join asn_lines l on l.asn_id = a.asn_id and l.revision = a.revision and l.sku = asked.sku and a.node = asked.node
group by asked.supply_id, asked.sku, asked.node, a.closed_at
on conflict (sku, node, supply_id) do update set expected_units = excluded.expected_units;

-- name: add_received
-- Units of supplies that were accepted at the dock.
insert into supplies (supply_id, sku, node, sellable, quarantine, damaged, closed)
select came.supply_id, came.sku, came.node, coalesce(sum(came.units) filter (where came.disposition = 'sellable'), 0),
       coalesce(sum(came.units) filter (where came.disposition = 'quarantine'), 0),
       coalesce(sum(came.units) filter (where came.disposition = 'damaged'), 0), a.closed_at is not null
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[])
     as came (supply_id, sku, node, units, disposition)
join asns a on a.asn_id = came.supply_id
group by came.supply_id, came.sku, came.node, a.closed_at
on conflict (sku, node, supply_id) do update
set sellable = supplies.sellable + excluded.sellable, quarantine = supplies.quarantine + excluded.quarantine,
    damaged = supplies.damaged + excluded.damaged;

-- name: add_stocked
-- Units of supplies that the ledger has posted, and by which sequence of its news.
insert into supplies (supply_id, sku, node, stocked, stocked_sequence, closed)
select came.supply_id, came.sku, came.node, sum(came.units), max(came.sequence),
       coalesce(bool_or(a.closed_at is not null), false)
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
     as came (movement_id, supply_id, sku, node, sequence, units)
left join asns a on a.asn_id = came.supply_id
group by came.supply_id, came.sku, came.node
on conflict (sku, node, supply_id) do update
set stocked = supplies.stocked + excluded.stocked,
    stocked_sequence = greatest(supplies.stocked_sequence, excluded.stocked_sequence);

-- name: known_postings
-- Which of these movements were heard of before.
select movement_id from postings where movement_id = any ($1::text[]);

-- name: add_postings
-- Movements of the ledger that brought units of supplies.
insert into postings (movement_id, supply_id, sku, node, sequence, units)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]);
