-- name: receipts_of_wms
-- Receipts that a warehouse system posted, and how many units of each were taken back since.
select r.receipt_id, r.supply_id, r.sku, r.node, r.units, r.disposition, r.corrects,
       coalesce((select -sum(c.units) from receipts c where c.corrects = r.receipt_id and c.units < 0), 0)::bigint
           as taken_back
from receipts r where r.receipt_id = any ($1::text[]);

-- name: over_ordered
-- Lines of purchase orders of which more came than was ordered.
select s.supply_id, s.sku, l.units as ordered, s.received
from purchase_order_lines l join supplies s using (supply_id)
where l.supply_id = any ($1::text[]) and s.received > l.units;

-- name: shares_left
-- How many units of blind receipts purchase orders still count, the one that counted first before the others.
select s.receipt_id, s.po_number,
       s.units + coalesce((select sum(b.units) from receipts c join blind_shares b using (receipt_id)
                           where c.corrects = s.receipt_id and b.po_number = s.po_number), 0)::bigint as units
from blind_shares s where s.receipt_id = any ($1::text[])
order by s.place;

-- name: add_receipts_of_wms
-- Units that a warehouse system received by itself, or took back.
insert into receipts (receipt_id, supply_id, sku, node, units, lot, expires_on, disposition, scanned_at, corrects, lane)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::date[], $8::text[],
                     $9::timestamptz[], $10::text[], $11::text[]);

-- name: add_blind_shares
-- What purchase orders owe less, or more again.
insert into blind_shares (receipt_id, po_number, units)
select receipt_id, po_number, units
from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality as taken (receipt_id, po_number, units, place)
order by place;
