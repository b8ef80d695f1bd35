-- name: received_equals_receipts
-- What a supply has brought, by disposition, is the sum of its receipts.
select s.supply_id, s.sku, s.node, s.sellable, s.quarantine, s.damaged, r.units
from supplies s
left join (
    select supply_id, sku, node, coalesce(sum(units) filter (where disposition = 'sellable'), 0) as sellable,
           coalesce(sum(units) filter (where disposition = 'quarantine'), 0) as quarantine,
           coalesce(sum(units) filter (where disposition = 'damaged'), 0) as damaged, sum(units) as units
    from receipts group by supply_id, sku, node
) r using (supply_id, sku, node)
where (s.sellable, s.quarantine, s.damaged)
      is distinct from (coalesce(r.sellable, 0), coalesce(r.quarantine, 0), coalesce(r.damaged, 0));

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
select supply_id, sku, node, stocked, sellable + quarantine + damaged as received
from supplies where stocked > sellable + quarantine + damaged;

-- name: expected_equals_lines
-- What a supply is expected to bring is the sum of the counted lines of the newest revision of its ASN.
select supply_id, sku, node, coalesce(s.expected_units, 0) as expected, coalesce(l.units, 0) as announced
from supplies s
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
where s.closed <> (a.closed_at is not null);

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
