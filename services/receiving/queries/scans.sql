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

-- name: add_receipts
-- Units accepted at the dock.
insert into receipts (receipt_id, scan_id, line, supply_id, sku, node, units, lot, expires_on, disposition, scanned_at)
select * from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
                     $9::date[], $10::text[], $11::timestamptz[]);
