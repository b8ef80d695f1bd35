-- name: parts_of_scans
-- What of these scans counts.
select scan_id, line, asn_id, supply_id, sku, node, units, lot, expires_on, chosen, wished, scanned_at, carton,
       has_two_dates, sellable, taken
from counted_parts where scan_id = any ($1::text[])
order by scan_id, line;

-- name: drop_parts
-- What no longer counts.
delete from counted_parts p using unnest($1::text[], $2::int[]) as gone (scan_id, line)
where p.scan_id = gone.scan_id and p.line = gone.line;

-- name: add_parts
-- What counts from now on.
insert into counted_parts (scan_id, line, asn_id, supply_id, sku, node, units, lot, expires_on, chosen, wished, scanned_at,
                   carton, has_two_dates, sellable, taken)
select * from unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
                     $9::date[], $10::text[], $11::text[], $12::timestamptz[], $13::text[], $14::boolean[],
                     $15::bigint[], $16::bigint[])
              as came (scan_id, line, asn_id, supply_id, sku, node, units, lot, expires_on, chosen, wished, scanned_at)
order by scanned_at, scan_id, line;

-- name: set_parts
-- How many units parts have, how many of them are sellable, how many were taken, and whether their lot has another date.
update counted_parts p
set has_two_dates = told.has_two_dates, sellable = told.sellable, units = told.units, taken = told.taken
from unnest($1::text[], $2::int[], $3::boolean[], $4::bigint[], $5::bigint[], $6::bigint[])
     as told (scan_id, line, has_two_dates, sellable, units, taken)
where p.scan_id = told.scan_id and p.line = told.line;

-- name: parts_over
-- Units that are over, of some SKUs of ASNs, the oldest first: only as many rows as there is room for units.
select p.scan_id, p.line, p.asn_id, p.supply_id, p.sku, p.node, p.units, p.lot, p.expires_on, p.chosen, p.wished,
       p.scanned_at, p.carton, p.has_two_dates, p.sellable, p.taken
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as asked (asn_id, sku, node, room)
cross join lateral (
    select * from counted_parts o
    where o.asn_id = asked.asn_id and o.sku = asked.sku and o.node = asked.node and o.good and o.sellable < o.units
    order by o.place limit asked.room
) as p
order by p.place;

-- name: set_aside_by_unit
-- Units of SKUs of ASNs that were scanned one by one as damaged or for rework, by carton and lot.
select p.asn_id, p.sku, p.node, p.carton, p.lot, sum(p.units)::bigint as units
from unnest($1::text[], $2::text[], $3::text[]) as asked (asn_id, sku, node)
join counted_parts p using (asn_id, sku, node)
cross join lateral (select mode from scans where scans.scan_id = p.scan_id limit 1) s
where p.chosen <> 'sellable' and s.mode = 'by_unit'
group by p.asn_id, p.sku, p.node, p.carton, p.lot
order by p.asn_id, p.sku, p.node, p.carton, p.lot;

-- name: accepted_by_label
-- What counts of SKUs of ASNs by the labels of their cartons.
select p.scan_id, p.line, p.asn_id, p.supply_id, p.sku, p.node, p.units, p.lot, p.expires_on, p.chosen, p.wished,
       p.scanned_at, p.carton, p.has_two_dates, p.sellable, p.taken
from unnest($1::text[], $2::text[], $3::text[]) as asked (asn_id, sku, node)
join counted_parts p using (asn_id, sku, node)
cross join lateral (select mode from scans where scans.scan_id = p.scan_id limit 1) s
where p.carton is not null and s.mode = 'by_carton'
order by p.scanned_at desc, p.scan_id desc, p.line;

-- name: taken_from_labels
-- SKUs of ASNs of which units were taken from the acceptance of a carton.
select distinct p.asn_id, p.sku, p.node
from unnest($1::text[], $2::text[], $3::text[]) as asked (asn_id, sku, node)
join counted_parts p using (asn_id, sku, node)
where p.taken > 0;

-- name: first_dates
-- The expiry that was read first of each lot.
select asked.sku, asked.node, asked.lot, first.expires_on
from unnest($1::text[], $2::text[], $3::text[]) as asked (sku, node, lot)
cross join lateral (
    select p.expires_on from counted_parts p
    where p.sku = asked.sku and p.node = asked.node and p.lot = asked.lot and p.expires_on is not null
    order by p.scanned_at, p.scan_id, p.line limit 1
) as first;

-- name: misdated_parts
-- Parts of lots that are held for another date than the lot's first and should not be, or should be and are not.
select p.scan_id, p.line, p.asn_id, p.supply_id, p.sku, p.node, p.units, p.lot, p.expires_on, p.chosen, p.wished,
       p.scanned_at, p.carton, p.has_two_dates, p.sellable, p.taken
from unnest($1::text[], $2::text[], $3::text[], $4::date[]) as asked (sku, node, lot, first)
cross join lateral (
    select * from counted_parts o where o.sku = asked.sku and o.node = asked.node and o.lot = asked.lot
                            and not o.has_two_dates and o.expires_on < asked.first
    union all
    select * from counted_parts o where o.sku = asked.sku and o.node = asked.node and o.lot = asked.lot
                            and not o.has_two_dates and o.expires_on > asked.first
    union all
    select * from counted_parts o where o.sku = asked.sku and o.node = asked.node and o.lot = asked.lot
                            and o.has_two_dates and o.expires_on = asked.first
) as p;

-- name: other_dates
-- The dates of lots that are not their first, and the units that carry them.
select p.sku, p.node, p.lot, p.expires_on, sum(p.units)::bigint as units
from unnest($1::text[], $2::text[], $3::text[]) as asked (sku, node, lot)
join counted_parts p on p.sku = asked.sku and p.node = asked.node and p.lot = asked.lot and p.has_two_dates
                and p.expires_on is not null
group by p.sku, p.node, p.lot, p.expires_on
order by p.sku, p.node, p.lot, p.expires_on;

-- name: units_in_cartons
-- The units of each SKU that were counted off cartons.
select p.asn_id, p.carton, p.sku, sum(p.units)::bigint as units
from counted_parts p join unnest($1::text[], $2::text[]) as asked (asn_id, carton) using (asn_id, carton)
group by p.asn_id, p.carton, p.sku;

-- name: tallies
-- What was counted of SKUs of ASNs, and what is expected of them.
select asked.asn_id, asked.sku, asked.node, coalesce(t.units, 0) as units, coalesce(t.good, 0) as good,
       coalesce(t.sellable, 0) as sellable, coalesce(t.allowed, 0) as allowed, coalesce(t.elsewhere, 0) as elsewhere,
       coalesce(s.expected_units, 0) as expected
from unnest($1::text[], $2::text[], $3::text[]) as asked (asn_id, sku, node)
left join tallies t using (asn_id, sku, node)
left join supplies s on s.supply_id = asked.asn_id and s.sku = asked.sku and s.node = asked.node;

-- name: over_by_policies
-- SKUs of open ASNs of which more was counted than was allowed, of the merchants and SKUs (none: all) of some policies.
select o.asn_id, o.sku, o.node
from asns a
cross join lateral (
    select asn_id, sku, node from tallies where tallies.asn_id = a.asn_id and good > sellable
    union
    select asn_id, sku, node from counted_parts where counted_parts.asn_id = a.asn_id and taken > 0
) o
cross join lateral (select merchant from products where products.sku = o.sku limit 1) p
where a.closed_at is null
  and exists (select from unnest($1::text[], $2::text[]) as told (merchant, sku)
              where told.merchant = p.merchant and told.sku in ('', o.sku))
order by o.asn_id, o.sku, o.node;

-- name: keep_tallies
-- What is counted of SKUs of ASNs by now.
insert into tallies (asn_id, sku, node, units, good, sellable, allowed, elsewhere)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::bigint[])
on conflict (asn_id, sku, node) do update
set units = excluded.units, good = excluded.good, sellable = excluded.sellable, allowed = excluded.allowed,
    elsewhere = excluded.elsewhere;

-- name: posted_receipts
-- What was posted for parts before.
select r.receipt_id, r.scan_id, r.line, r.disposition, r.correction_no, r.units, r.lane
from receipts r where r.scan_id = any ($1::text[])
order by r.scan_id, r.line, r.disposition, r.correction_no;

-- name: received_of_scans
-- The SKUs that scans ever stood for, with the ASN that they were counted off.
select distinct r.scan_id, case when r.supply_id = s.asn_id then s.asn_id end as asn_id, r.sku, r.node
from receipts r join scans s using (scan_id)
where r.scan_id = any ($1::text[])
order by r.scan_id, r.sku;

-- name: add_receipts
-- Units accepted at the dock, or taken back.
insert into receipts (receipt_id, scan_id, line, supply_id, sku, node, units, lot, expires_on, disposition, scanned_at,
                      corrects, lane, correction_no)
select * from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
                     $9::date[], $10::text[], $11::timestamptz[], $12::text[], $13::text[], $14::int[]);
