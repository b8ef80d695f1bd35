-- name: received_equals_receipts
-- What a supply has brought, by disposition, is the sum of its receipts.
select s.supply_id, s.sku, s.node, s.sellable, s.quarantine, s.damaged, s.rework, r.units
from supplies s
left join (
    select supply_id, sku, node, coalesce(sum(units) filter (where disposition = 'sellable'), 0) as sellable,
           coalesce(sum(units) filter (where disposition = 'quarantine'), 0) as quarantine,
           coalesce(sum(units) filter (where disposition = 'damaged'), 0) as damaged,
           coalesce(sum(units) filter (where disposition = 'rework'), 0) as rework, sum(units) as units
    from receipts group by supply_id, sku, node
) r using (supply_id, sku, node)
where (s.sellable, s.quarantine, s.damaged, s.rework)
      is distinct from (coalesce(r.sellable, 0), coalesce(r.quarantine, 0), coalesce(r.damaged, 0),
                        coalesce(r.rework, 0));

-- name: stocked_equals_postings
-- What of a supply is in stock is the sum of the movements that brought it.
select s.supply_id, s.sku, s.node, s.stocked, s.stocked_sequence, p.units, p.sequence
from supplies s
left join (
    select supply_id, sku, node, sum(units) as units, max(sequence) as sequence
    from postings group by supply_id, sku, node
) p using (supply_id, sku, node)
where s.stocked <> coalesce(p.units, 0) or s.stocked_sequence is distinct from p.sequence;

-- name: stocked_within_received
-- No more of a supply is in stock than was received.
select supply_id, sku, node, stocked, received from supplies where stocked > received;

-- name: expected_equals_lines
-- What an ASN is expected to bring is the sum of the counted lines of its newest revision.
select supply_id, sku, node, coalesce(s.expected_units, 0) as expected, coalesce(l.units, 0) as announced
from (select supply_id, sku, node, expected_units from supplies where not purchase_order) s
full join (
    select l.asn_id as supply_id, l.sku, a.node, sum(l.units) as units
    from asn_lines l join asns a using (asn_id, revision)
    where l.units is not null group by l.asn_id, l.sku, a.node
) l using (supply_id, sku, node)
where coalesce(s.expected_units, 0) <> coalesce(l.units, 0);

-- name: closed_with_its_asn
-- A supply is closed exactly when its ASN is.
select s.supply_id, s.sku, s.node, s.closed, a.closed_at
from supplies s left join asns a on a.asn_id = s.supply_id
where not s.purchase_order and s.closed <> (a.closed_at is not null);

-- name: owed_equals_ordered
-- What a purchase order's line is expected to bring is what it says and no ASN covers; nothing more comes of a final one.
select supply_id, sku, node, s.expected_units, l.units, l.covered, s.closed, l.final
from (select * from supplies where purchase_order) s
full join (
    select l.*, o.node from purchase_order_lines l join purchase_orders o using (po_number) where l.units is not null
) l using (supply_id, sku, node)
where (coalesce(s.expected_units, 0), coalesce(s.closed, true))
      is distinct from (coalesce(l.units - l.covered, 0), coalesce(l.final, true));

-- name: waiting_scans_are_named
-- Nothing scanned is dropped: what is not counted whole has a discrepancy that says why.
select s.scan_id, s.state
from scans s
where s.state <> 'counted'
  and not exists (select from discrepancies d where d.about = 'scan' and d.subject = s.scan_id and d.state = 'open');

-- name: counted_scans_have_receipts
-- A counted scan has receipts, and what was set aside has none.
select s.scan_id, s.state, count(r.receipt_id) as receipts
from scans s left join receipts r using (scan_id)
where s.state <> 'waiting'
group by s.scan_id, s.state
having (s.state = 'counted') <> (count(r.receipt_id) > 0);
