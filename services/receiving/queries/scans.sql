-- name: keep_scans
-- Scans that are seen for the first time.
insert into scans (scan_id, device_id, node, asn_id, carton_id, mode, gtin, lot, expires_on, times, disposition,
                   scanned_at, po_number, barcode, symbology, printed_date, unlabelled, void_of)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::date[], $10::bigint[], $11::text[], $12::timestamptz[], $13::text[], $14::text[], $15::text[],
                     $16::text[], $17::boolean[], $18::text[])
              as told (scan_id) order by scan_id
on conflict do nothing;

-- name: lock_scans
-- Locks scans, those that they take back and those that take them back, in one sorted order.
select scan_id, device_id, node, asn_id, carton_id, mode, gtin, lot, expires_on, times, disposition, scanned_at,
       po_number, barcode, symbology, printed_date, unlabelled, void_of, state, revision, carton, waits_for
from scans
where scan_id in (
    select unnest($1::text[])
    union select void_of from scans where scan_id = any ($1::text[]) and void_of is not null
    union select scan_id from scans where void_of = any ($1::text[])
)
order by scan_id
for no key update;

-- name: read_scans
-- Scans as they are, without a lock.
select scan_id, device_id, node, asn_id, carton_id, mode, gtin, lot, expires_on, times, disposition, scanned_at,
       po_number, barcode, symbology, printed_date, unlabelled, void_of, state, revision, carton, waits_for
from scans where scan_id = any ($1::text[]);

-- name: set_scans
-- What became of scans.
update scans s
set state = told.state, revision = coalesce(told.revision, s.revision), carton = coalesce(told.carton, s.carton),
    waits_for = told.waits_for
from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[])
     as told (scan_id, state, revision, carton, waits_for)
where s.scan_id = told.scan_id;

-- name: labels_of_cartons
-- Placed label scans of cartons that nobody took back.
select s.scan_id, s.device_id, s.node, s.asn_id, s.carton_id, s.mode, s.gtin, s.lot, s.expires_on, s.times,
       s.disposition, s.scanned_at, s.po_number, s.barcode, s.symbology, s.printed_date, s.unlabelled, s.void_of,
       s.state, s.revision, s.carton, s.waits_for
from scans s join unnest($1::text[], $2::text[]) as asked (asn_id, carton) using (asn_id, carton)
where s.mode = 'by_carton' and s.state in ('waiting', 'counted', 'replaced', 'set_aside')
order by s.scanned_at, s.scan_id;

-- name: cartons_by_unit
-- Cartons of which a unit was scanned as sellable: those count unit by unit.
select asked.asn_id, asked.carton
from unnest($1::text[], $2::text[]) as asked (asn_id, carton)
where exists (
    select from scans s
    where s.asn_id = asked.asn_id and s.carton = asked.carton and s.mode = 'by_unit' and s.state = 'counted'
      and s.disposition = 'sellable'
);

-- name: uncounted_skus
-- SKUs of which a line of the newest revision has unknown units.
select distinct l.asn_id, coalesce(l.sku, k.sku) as sku
from asns a
join asn_lines l on l.asn_id = a.asn_id and l.revision = a.revision and l.units is null
left join packs k on k.gtin = l.gtin
where a.asn_id = any ($1::text[]) and coalesce(l.sku, k.sku) is not null;

-- name: places
-- The zones of nodes, and whether they receive without an ASN.
select node, zone, blind_receipts from nodes where node = any ($1::text[]);

-- name: date_orders
-- The order in which suppliers print dates.
select supplier_id, printed_dates from suppliers where supplier_id = any ($1::text[]);

-- name: close_cartons
-- Cartons of which a device says that they are empty, the first for ever.
insert into closed_cartons (asn_id, carton, device_id, closed_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) as told (asn_id, carton)
order by asn_id, carton
on conflict do nothing;

-- name: closed_cartons
-- Which of these cartons are empty.
select asn_id, carton from closed_cartons join unnest($1::text[], $2::text[]) as asked (asn_id, carton)
     using (asn_id, carton);

-- name: closed_cartons_of
-- The cartons of ASNs that are empty.
select asn_id, carton from closed_cartons where asn_id = any ($1::text[]);

-- name: add_placings
-- What people said of scans, the first for ever.
insert into manual_placements (scan_id, sku, units, disposition, lot, expires_on, placed_by, placed_at)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::date[], $7::text[],
                     $8::timestamptz[])
on conflict do nothing;

-- name: opening_list
-- The cartons of an ASN by the units inside that customers wait for, the most first.
select l.carton_id, sum(least(l.units, coalesce(w.waiting, 0)))::bigint as waiting, sum(l.units)::bigint as units
from (
    select a.node, l.carton_id, l.sku, sum(l.units) as units
    from asns a join asn_lines l using (asn_id, revision)
    where a.asn_id = $1 and l.units is not null
    group by a.node, l.carton_id, l.sku
) as l
left join lateral (
    select greatest(0, q.waiting_units - q.staged_units) as waiting
    from queues q where q.sku = l.sku and q.node = l.node
) as w on true
group by l.carton_id
order by waiting desc, l.carton_id;
