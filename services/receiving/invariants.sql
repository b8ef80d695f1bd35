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
    where l.units is not null and a.cancelled_by < a.revision group by l.asn_id, l.sku, a.node
) l using (supply_id, sku, node)
where coalesce(s.expected_units, 0) <> coalesce(l.units, 0);

-- name: closed_with_its_asn
-- Nothing more comes of a supply exactly when its ASN is closed or cancelled.
select s.supply_id, s.sku, s.node, s.closed, a.closed_at, a.cancelled_by, a.revision
from supplies s left join asns a on a.asn_id = s.supply_id
where not s.purchase_order and s.closed <> coalesce(a.closed_at is not null or a.cancelled_by >= a.revision, false);

-- name: an_asn_is_no_purchase_order
-- A supply is an ASN or a line of a purchase order, never both.
select a.asn_id from asns a join purchase_order_lines l on l.supply_id = a.asn_id;

-- name: coverage_equals_asns
-- While an ASN is open it covers of a purchase order what its newest revision announces, afterwards all that came.
select asn_id, sku, c.units as covered, said.units as announced, came.units as received, done
from (select asn_id, closed_at is not null or cancelled_by >= revision as done, po_number from asns) a
join (
    select asn_id, sku, sum(l.units) filter (where l.po_number is not null) as units,
           bool_and(l.po_number is not null) as all_named
    from asn_lines l join asns using (asn_id, revision) where l.units is not null group by asn_id, sku
) said using (asn_id)
left join (select asn_id, sku, sum(units) as units from coverage group by asn_id, sku) c using (asn_id, sku)
left join (
    select supply_id as asn_id, sku, sum(received) as units from supplies group by supply_id, sku
) came using (asn_id, sku)
where coalesce(c.units, 0) <> case when not done then coalesce(said.units, 0)
                                   when said.all_named then coalesce(came.units, 0)
                                   else least(coalesce(came.units, 0), coalesce(said.units, 0)) end;

-- name: covered_equals_coverage
-- Of a purchase order's lines of one SKU ASNs cover what they bring, up to what was ordered, the earliest due first.
with filled as (
    select po_number, line, sku, units, covered, due_on,
           sum(units) over (partition by po_number, sku order by due_on, supply_id) - units as before
    from purchase_order_lines where units is not null
)
select f.po_number, f.line, f.units, f.covered, c.units as by_asns
from filled f
left join (select po_number, sku, sum(units) as units from coverage group by po_number, sku) c using (po_number, sku)
where f.covered <> least(f.units, greatest(0, coalesce(c.units, 0) - f.before));

-- name: advised_equals_closed
-- A supplier has been told of every closed truck, and of no other, in versions without a gap.
select asn_id, a.closed_at, count(v.version) as told, max(v.version) as last
from asns a left join advices v using (asn_id)
group by asn_id
having (a.closed_at is not null) <> (count(v.version) > 0) or count(v.version) <> coalesce(max(v.version), 0);

-- name: accepted_files_are_announced
-- Whatever an accepted file says of an ASN has been taken, or was replaced by something newer.
select o.file_id, o.asn_id, o.revision, o.cancels, a.revision as stands, a.cancelled_by
from file_asns o left join asns a using (asn_id)
where greatest(coalesce(a.revision, 0), coalesce(a.cancelled_by, 0)) < o.revision
      and not exists (select from parked p where p.waits_for = 'asn:' || o.asn_id);

-- name: refused_files_have_no_asns
-- A file that was refused announced nothing.
select o.file_id from file_asns o join files f using (file_id) where f.state = 'refused';

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
