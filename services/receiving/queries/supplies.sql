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
-- All that is on its way to locked positions: announced or owed, and not landed yet.
select s.sku, s.node, s.supply_id, s.expected_units, s.received, s.sellable, s.lots,
       s.is_closed or (s.purchase_order and s.received >= s.expected_units) as done, due.*
from supplies s
join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
cross join lateral (
    select earliest, latest, supplier_id, cause, reason, basis, null::date as reliable_on,
           eta_estimated_from is not null and basis = 'asn' as is_estimated
    from asns where asn_id = s.supply_id and not s.purchase_order
    union all
    select l.earliest, l.latest, o.supplier_id, l.cause, l.reason, 'purchase_order', l.reliable_on, false
    from purchase_order_lines l join purchase_orders o using (po_number)
    where l.supply_id = s.supply_id and s.purchase_order
) as due
where not s.landed
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
-- Every position that these supplies brought or will bring something to.
select supply_id, sku, node from supplies where supply_id = any ($1::text[]);

-- name: expect
-- What supplies bring, as the counted lines of the newest revision say; nothing more comes of a cancelled ASN. Of more
-- lots than can be told, the last ones are told as one that expires when the first of them does.
insert into supplies (supply_id, sku, node, expected_units, is_closed, lots)
select asked.supply_id, asked.sku, asked.node, coalesce(sum(l.units), 0),
       a.closed_at is not null or a.cancelled_by >= a.revision,
       (select jsonb_agg(jsonb_build_array(told.lot, told.expires_on, told.units) order by told.expires_on, told.lot)
        from (
            select case when count(*) = 1 then min(own.lot) end as lot, min(own.expires_on) as expires_on,
                   sum(own.units) as units
            from (
                select lot, expires_on, sum(units) as units,
                       least(row_number() over (order by expires_on, lot), $4::bigint) as number
                from asn_lines
                where asn_id = a.asn_id and revision = a.revision and sku = asked.sku and asked.node = a.node
                  and a.cancelled_by < a.revision and expires_on is not null and units is not null
                group by lot, expires_on
            ) own
            group by own.number
        ) told)
from unnest($1::text[], $2::text[], $3::text[]) as asked (supply_id, sku, node)
join asns a on a.asn_id = asked.supply_id
left join asn_lines l on l.asn_id = a.asn_id and l.revision = a.revision and l.sku = asked.sku and a.node = asked.node
                         and a.cancelled_by < a.revision
group by asked.supply_id, asked.sku, asked.node, a.asn_id
on conflict (sku, node, supply_id) do update
set expected_units = excluded.expected_units, is_closed = excluded.is_closed, lots = excluded.lots;

-- name: expect_orders
-- What lines of purchase orders bring: what they say and no ASN covers; nothing more comes of a final one.
insert into supplies (supply_id, sku, node, expected_units, is_closed, purchase_order, overdue_at)
select asked.supply_id, asked.sku, asked.node, coalesce(l.units - l.covered, 0), coalesce(l.final, true), true,
       l.overdue_at
from unnest($1::text[], $2::text[], $3::text[]) as asked (supply_id, sku, node)
left join (
    select l.*, o.node from purchase_order_lines l join purchase_orders o using (po_number)
) l using (supply_id, sku, node)
on conflict (sku, node, supply_id) do update
set expected_units = excluded.expected_units, is_closed = excluded.is_closed, purchase_order = true,
    overdue_at = excluded.overdue_at;

-- name: create_supplies
-- Supplies that nobody expected, before something is added to them.
insert into supplies (supply_id, sku, node, is_closed, purchase_order)
select came.supply_id, came.sku, came.node,
       coalesce(a.closed_at is not null or a.cancelled_by >= a.revision, l.final, false), l.supply_id is not null
from unnest($1::text[], $2::text[], $3::text[]) as came (supply_id, sku, node)
left join asns a on a.asn_id = came.supply_id
left join purchase_order_lines l on l.supply_id = came.supply_id
group by came.supply_id, came.sku, came.node, a.asn_id, l.supply_id, l.final
on conflict do nothing;

-- name: add_received
-- Units of supplies that were accepted at the dock, or taken back.
update supplies s
set sellable = s.sellable + came.sellable, quarantine = s.quarantine + came.quarantine,
    damaged = s.damaged + came.damaged, rework = s.rework + came.rework
from (
    select supply_id, sku, node, coalesce(sum(units) filter (where disposition = 'sellable'), 0) as sellable,
           coalesce(sum(units) filter (where disposition = 'quarantine'), 0) as quarantine,
           coalesce(sum(units) filter (where disposition = 'damaged'), 0) as damaged,
           coalesce(sum(units) filter (where disposition = 'rework'), 0) as rework
    from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[])
         as received (supply_id, sku, node, units, disposition)
    group by supply_id, sku, node
) as came
where s.supply_id = came.supply_id and s.sku = came.sku and s.node = came.node;

-- name: add_stocked
-- Units of supplies that the ledger has posted, and by which sequence of its news.
update supplies s
set stocked = s.stocked + came.units, stocked_sequence = greatest(s.stocked_sequence, came.sequence)
from (
    select supply_id, sku, node, sum(units) as units, max(sequence) as sequence
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
         as posted (movement_id, supply_id, sku, node, sequence, units)
    group by supply_id, sku, node
) as came
where s.supply_id = came.supply_id and s.sku = came.sku and s.node = came.node;

-- name: known_postings
-- Which of these movements were heard of before.
select movement_id from postings where movement_id = any ($1::text[]);

-- name: add_postings
-- Movements of the ledger that brought units of supplies.
insert into postings (movement_id, supply_id, sku, node, sequence, units)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]);
