-- name: keep_nodes
-- Remembers nodes and the days on which they work; an older version changes nothing.
insert into nodes (node, version, zone, working_days, holidays)
values ($1, $2, $3, $4, $5)
on conflict (node) do update
set version = excluded.version, zone = excluded.zone, working_days = excluded.working_days, holidays = excluded.holidays
where nodes.version < excluded.version;

-- name: calendars
-- The days on which these nodes work.
select node, working_days, holidays from nodes where node = any ($1::text[]);

-- name: hold_catalogue
-- No product becomes known until the end of the transaction.
select pg_advisory_xact_lock_shared(hashtext(current_schema() || '/products'));

-- name: change_catalogue
-- Nobody looks for products until the end of the transaction.
select pg_advisory_xact_lock(hashtext(current_schema() || '/products'));

-- name: keep_products
-- Remembers SKUs; an older version changes nothing. Answers which are new or newer.
insert into products (sku, version, dated)
select * from unnest($1::text[], $2::bigint[], $3::boolean[]) as told (sku) order by sku
on conflict (sku) do update set version = excluded.version, dated = excluded.dated
where products.version < excluded.version
returning sku;

-- name: forget_packs
-- Before the packs of SKUs are told anew.
delete from packs where sku = any ($1::text[]);

-- name: keep_packs
-- Remembers barcodes and what they hold.
insert into packs (sku, gtin, units, level) select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[]);

-- name: catalogue
-- SKUs and all their packs: those asked by SKU, and those that claim a barcode asked.
select p.sku, p.dated, k.gtin, k.units, k.level
from products p left join packs k using (sku)
where p.sku in (select unnest($1::text[]) union select sku from packs where gtin = any ($2::text[]))
order by p.sku, k.gtin;

-- name: create_asns
-- ASNs that are seen for the first time; revision 0 is before the first.
insert into asns (asn_id, revision, supplier_id, node, earliest, latest, cause, reason)
select asn_id, 0, supplier_id, node, earliest, latest, cause, reason
from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::date[], $6::date[], $7::text[], $8::text[])
     as told (asn_id, revision, supplier_id, node, earliest, latest, cause, reason)
order by asn_id
on conflict do nothing;

-- name: lock_asns
-- Locks ASNs in one sorted order, so that no two transactions wait for each other.
select asn_id, revision, supplier_id, node, earliest, latest, cause, reason, closed_at is not null as closed
from asns where asn_id = any ($1::text[])
order by asn_id
for no key update;

-- name: keep_asns
-- A revision replaces the one before it.
update asns a
set revision = told.revision, supplier_id = told.supplier_id, node = told.node, earliest = told.earliest,
    latest = told.latest, cause = told.cause, reason = told.reason
from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::date[], $6::date[], $7::text[], $8::text[])
     as told (asn_id, revision, supplier_id, node, earliest, latest, cause, reason)
where a.asn_id = told.asn_id;

-- name: add_lines
-- The lines of a revision, with their units where they can be counted.
insert into asn_lines (asn_id, revision, line, carton_id, sku, gtin, qty, uom, units_per, lot, expires_on, units)
select * from unnest($1::text[], $2::bigint[], $3::int[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
                     $9::bigint[], $10::text[], $11::date[], $12::bigint[]);

-- name: uncounted_lines
-- Lines of these ASNs, of whatever revision, whose units are unknown.
select asn_id, revision, line, carton_id, sku, gtin, qty, uom, units_per, lot, expires_on, units
from asn_lines where asn_id = any ($1::text[]) and units is null
order by asn_id, revision, line;

-- name: asns_waiting_for
-- ASNs with a line whose units were unknown for want of these SKUs or barcodes.
select asn_id from asn_lines where units is null and sku = any ($1::text[])
union
select asn_id from asn_lines where units is null and gtin = any ($2::text[]);

-- name: count_lines
-- Lines whose units are known now.
update asn_lines l set sku = told.sku, units = told.units
from unnest($1::text[], $2::bigint[], $3::int[], $4::text[], $5::bigint[]) as told (asn_id, revision, line, sku, units)
where l.asn_id = told.asn_id and l.revision = told.revision and l.line = told.line;

-- name: carton_lines
-- The lines of cartons, each of one revision.
select l.asn_id, l.revision, l.line, l.carton_id, l.sku, l.gtin, l.qty, l.uom, l.units_per, l.lot, l.expires_on, l.units
from asn_lines l
join unnest($1::text[], $2::bigint[], $3::text[]) as asked (asn_id, revision, carton_id)
     using (asn_id, revision, carton_id)
order by l.asn_id, l.revision, l.line;

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
       a.earliest, a.latest, a.supplier_id, a.cause, a.reason
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

-- name: add_receipts
-- Units accepted at the dock.
insert into receipts (receipt_id, scan_id, line, supply_id, sku, node, units, lot, expires_on, disposition, scanned_at)
select * from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
                     $9::date[], $10::text[], $11::timestamptz[]);

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

-- name: close_asns
-- Nothing more comes off these trucks.
update asns set closed_at = $2 where asn_id = any ($1::text[]);

-- name: close_supplies
-- What they bring is what came.
update supplies set closed = true where supply_id = any ($1::text[]);

-- name: closed_asns
-- Which of these are closed, and since when.
select asn_id, node, closed_at from asns where asn_id = any ($1::text[]) and closed_at is not null;

-- name: keep_scans
-- Scans that are seen for the first time.
insert into scans (scan_id, device_id, node, asn_id, carton_id, mode, gtin, lot, expires_on, times, disposition,
                   scanned_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::date[], $10::bigint[], $11::text[], $12::timestamptz[])
              as told (scan_id) order by scan_id
on conflict do nothing;

-- name: lock_scans
-- Locks scans in one sorted order: what was read first under each id, and what became of it.
select scan_id, device_id, node, asn_id, carton_id, mode, gtin, lot, expires_on, times, disposition, scanned_at,
       state, revision
from scans where scan_id = any ($1::text[])
order by scan_id
for no key update;

-- name: received_lines
-- The lines on which these scans were counted before.
select distinct scan_id, line from receipts where scan_id = any ($1::text[]);

-- name: tallies
-- What is expected of SKUs of ASNs, and accepted as sellable so far.
select s.supply_id, s.sku, s.expected_units, s.sellable
from supplies s
join asns a on a.asn_id = s.supply_id and a.node = s.node
where s.supply_id = any ($1::text[]) and s.sku = any ($2::text[]);

-- name: uncounted_skus
-- SKUs of which a line of the newest revision has unknown units.
select distinct l.asn_id, coalesce(l.sku, k.sku) as sku
from asns a
join asn_lines l on l.asn_id = a.asn_id and l.revision = a.revision and l.units is null
left join packs k on k.gtin = l.gtin
where a.asn_id = any ($1::text[]) and coalesce(l.sku, k.sku) is not null;

-- name: counters
-- By which scan, or kind of scan, cartons are counted.
select distinct on (s.asn_id, s.carton_id) s.asn_id, s.carton_id, s.mode, s.scan_id
from scans s join unnest($1::text[], $2::text[]) as asked (asn_id, carton_id) using (asn_id, carton_id)
where s.revision is not null
order by s.asn_id, s.carton_id, s.scan_id;

-- name: set_scans
-- What became of scans.
update scans s set state = told.state, revision = coalesce(told.revision, s.revision)
from unnest($1::text[], $2::text[], $3::bigint[]) as told (scan_id, state, revision)
where s.scan_id = told.scan_id;

-- name: discrepancies
-- All that was ever said of these subjects.
select exception_id, exception_class, about, subject, facts, version, state
from discrepancies where about = $1 and subject = any ($2::text[]);

-- name: keep_discrepancies
-- What is open and what is settled.
insert into discrepancies (exception_id, exception_class, about, subject, facts, version, state)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::bigint[], $7::text[])
on conflict (exception_id) do update
set facts = excluded.facts, version = excluded.version, state = excluded.state;
