-- name: days_on_the_way
-- How many working days the last 30 trucks of these suppliers took from shipment to the dock of these nodes.
select asked.supplier_id, asked.node, last.shipped_to_docked as days
from unnest($1::text[], $2::text[]) as asked (supplier_id, node)
cross join lateral (
    select distinct l.asn_id, l.ready_at, l.shipped_to_docked
    from lead_times l
    where l.supplier_id = asked.supplier_id and l.node = asked.node and l.shipped_to_docked is not null
    order by l.ready_at desc, l.asn_id
    limit 30
) as last
order by asked.supplier_id, asked.node, days;

-- name: days_due
-- The first and the last day on which something of these purchase orders is due.
select po_number, min(due_on) as first, max(due_on) as last
from purchase_order_lines where po_number = any ($1::text[]) and not final group by po_number;

-- name: estimated_from_orders
-- Open ASNs that cover something of these purchase orders and whose arrival was estimated so.
select a.asn_id, a.revision, a.supplier_id, a.node, a.po_number, a.shipped_at, a.eta_earliest, a.eta_latest
from (select distinct asn_id from coverage where po_number = any ($1::text[])) c
cross join lateral (select * from asns where asns.asn_id = c.asn_id limit 1) a
where a.eta_estimated_from = $2 and a.basis = 'asn' and a.closed_at is null and a.cancelled_by < a.revision
order by a.asn_id;
