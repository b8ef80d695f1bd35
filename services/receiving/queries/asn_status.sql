-- name: asn_status
-- What is known of an ASN.
select asn_id, revision, supplier_id, node, po_number, earliest, latest, reason, closed_at,
       case when closed_at is not null then 'closed' when cancelled_by >= revision then 'cancelled' else 'open' end
           as state
from asns where asn_id = $1;

-- name: asn_figures
-- What is expected of an ASN and what came, SKU by SKU.
select sku, sum(expected_units)::bigint as expected, sum(received)::bigint as received,
       sum(sellable)::bigint as sellable, sum(rework)::bigint as rework, sum(quarantine)::bigint as quarantine,
       sum(damaged)::bigint as damaged, sum(stocked)::bigint as stocked
from supplies where supply_id = $1 and not purchase_order
group by sku order by sku;

-- name: open_asns
-- ASNs to a node of which more may come, the one that is ready first before the others.
select asn_id from asns
where node = $1 and closed_at is null and cancelled_by < revision
order by latest, asn_id limit $2;
