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

-- name: one_truck_in_a_slot
-- No two appointments that stand overlap at one door.
select a.node, a.door, a.request_id, b.request_id as other
from appointments a
join appointments b on b.node = a.node and b.door = a.door and b.request_id > a.request_id
                   and b.starts_at < a.ends_at and a.starts_at < b.ends_at
where not (a.given_up or b.given_up);

-- name: booked_requests_have_appointments
-- An appointment stands for a request that was answered so, and each such request has one.
select r.request_id, r.answer, p.request_id as booked
from dock_requests r left join appointments p using (request_id)
where (r.answer = 'booked') <> (p.request_id is not null);

-- name: who_came_is_looked_for_no_more
-- Nobody waits for a truck that is there.
select p.request_id, p.no_show_at, t.arrived_at
from appointments p join trucks t using (asn_id)
where p.no_show_at is not null and t.arrived_at is not null;

-- name: windows_say_what_is_known
-- A window is that of the arrival where the truck is there, and of an appointment only where one stands.
select a.asn_id, a.basis, t.arrived_at, p.request_id
from asns a
left join trucks t using (asn_id)
left join appointments p on p.asn_id = a.asn_id and not (p.given_up or p.missed)
where a.revision > 0
  and a.basis <> case when t.arrived_at is not null then 'arrived' when p.request_id is not null then 'appointment'
                      else 'asn' end;

-- name: observed_when_done
-- What a truck took is written down only when it is closed and all that was received was in stock.
select a.asn_id, a.closed_at, a.observed_at
from asns a
where a.observed_at < a.closed_at or (a.observed_at is not null and a.closed_at is null);

-- name: lead_times_match_trucks
-- A truck has figures exactly when one of its supplies has, and is ready with the last of them.
select asn_id, t.ready_at, l.ready_at as last_ready_at
from truck_times t full join (select asn_id, max(ready_at) as ready_at from lead_times group by asn_id) l using (asn_id)
where t.ready_at is distinct from l.ready_at;

-- name: lead_times_within_progress
-- No more units of a supply are said to have become sellable than the ledger made so, of it or out of rework.
select l.asn_id, l.sku, l.node, l.units, p.units as most
from lead_times l
left join (
    select supply_id as asn_id, sku, node, sum(ready_units + rework_units) as units
    from progress where supply_id is not null group by supply_id, sku, node
) p using (asn_id, sku, node)
where l.units > coalesce(p.units, 0);
