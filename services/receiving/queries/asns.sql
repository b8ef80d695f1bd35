-- name: create_asns
-- ASNs that are seen for the first time; revision 0 is before the first.
insert into asns (asn_id, revision, supplier_id, node, earliest, latest, cause, reason, eta_earliest, eta_latest)
select asn_id, 0, supplier_id, node, earliest, latest, cause, reason, eta_earliest, eta_latest
from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::date[], $6::date[], $7::text[], $8::text[],
            $9::date[], $10::date[], $11::timestamptz[], $12::text[], $13::timestamptz[], $14::text[], $15::text[])
     as told (asn_id, revision, supplier_id, node, earliest, latest, cause, reason, eta_earliest, eta_latest,
              shipped_at, basis, overdue_at, po_number, eta_estimated_from)
order by asn_id
on conflict do nothing;

-- name: lock_asns
-- Locks ASNs in one sorted order, so that no two transactions wait for each other.
select asn_id, revision, supplier_id, node, earliest, latest, cause, reason, closed_at is not null as is_closed,
       eta_earliest, eta_latest, shipped_at, basis, overdue_at, po_number, cancelled_by, eta_estimated_from
from asns where asn_id = any ($1::text[])
order by asn_id
for no key update;

-- name: keep_asns
-- A revision replaces the one before it.
update asns a
set revision = told.revision, supplier_id = told.supplier_id, node = told.node, earliest = told.earliest,
    latest = told.latest, cause = told.cause, reason = told.reason, eta_earliest = told.eta_earliest,
    eta_latest = told.eta_latest, shipped_at = told.shipped_at, basis = told.basis, overdue_at = told.overdue_at,
    po_number = told.po_number, eta_estimated_from = told.eta_estimated_from
from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::date[], $6::date[], $7::text[], $8::text[],
            $9::date[], $10::date[], $11::timestamptz[], $12::text[], $13::timestamptz[], $14::text[], $15::text[])
     as told (asn_id, revision, supplier_id, node, earliest, latest, cause, reason, eta_earliest, eta_latest,
              shipped_at, basis, overdue_at, po_number, eta_estimated_from)
where a.asn_id = told.asn_id;

-- name: add_lines
-- The lines of a revision, with their units where they can be counted.
insert into asn_lines (asn_id, revision, line, carton_id, sku, gtin, qty, uom, units_per, lot, expires_on, units,
                       po_number)
select * from unnest($1::text[], $2::bigint[], $3::int[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
                     $9::bigint[], $10::text[], $11::date[], $12::bigint[], $13::text[]);

-- name: asn_lines
-- The lines of the newest revision of these ASNs.
select l.asn_id, l.revision, l.line, l.carton_id, l.sku, l.gtin, l.qty, l.uom, l.units_per, l.lot, l.expires_on,
       l.units, l.po_number
from asns a join asn_lines l using (asn_id, revision)
where a.asn_id = any ($1::text[])
order by l.asn_id, l.line;

-- name: uncounted_lines
-- Lines of these ASNs, of whatever revision, whose units are unknown.
select asn_id, revision, line, carton_id, sku, gtin, qty, uom, units_per, lot, expires_on, units,
       po_number
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
select l.asn_id, l.revision, l.line, l.carton_id, l.sku, l.gtin, l.qty, l.uom, l.units_per, l.lot, l.expires_on, l.units,
       l.po_number
from asn_lines l
join unnest($1::text[], $2::bigint[], $3::text[]) as asked (asn_id, revision, carton_id)
     using (asn_id, revision, carton_id)
order by l.asn_id, l.revision, l.line;

-- name: close_asns
-- Nothing more comes off these trucks.
update asns set closed_at = $2 where asn_id = any ($1::text[]);

-- name: cancel_asns
-- The supplier has taken these back.
update asns a set cancelled_by = told.revision
from unnest($1::text[], $2::bigint[]) as told (asn_id, revision)
where a.asn_id = told.asn_id and a.cancelled_by < told.revision;

-- name: orders_named_by
-- Purchase orders that the newest revision of ASNs names, and those that they cover.
select a.po_number from asns a where a.asn_id = any ($1::text[]) and a.po_number is not null
union
select l.po_number from asns a join asn_lines l using (asn_id, revision)
where a.asn_id = any ($1::text[]) and l.po_number is not null
union
select po_number from coverage where asn_id = any ($1::text[]);

-- name: done_asns
-- Which of these are closed or cancelled: all that they bring is what came.
select asn_id from asns
where asn_id = any ($1::text[]) and (closed_at is not null or cancelled_by >= revision);

-- name: closed_asns
-- Which of these are closed, and since when.
select asn_id, supplier_id, node, closed_at from asns where asn_id = any ($1::text[]) and closed_at is not null;
