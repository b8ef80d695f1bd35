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
-- No more of a supply is in stock than was ever received; what was taken back may still be on its way out.
select s.supply_id, s.sku, s.node, s.stocked, s.received
from supplies s
where s.stocked > s.received
  and s.stocked > (select coalesce(sum(r.units), 0) from receipts r
                   where (r.supply_id, r.sku, r.node) = (s.supply_id, s.sku, s.node) and r.units > 0);

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
select s.supply_id, s.sku, s.node, s.is_closed, a.closed_at, a.cancelled_by, a.revision
from supplies s left join asns a on a.asn_id = s.supply_id
where not s.purchase_order and s.is_closed <> coalesce(a.closed_at is not null or a.cancelled_by >= a.revision, false);

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
-- The lines of one SKU of a purchase order, earliest due first, are covered by what ASNs bring and by what came without an
-- ASN in the order's name and is posted for no line of it; none beyond what was ordered.
with filled as (
    select l.po_number, l.line, l.sku, o.node, l.units, l.covered, l.due_on,
           sum(l.units) over (partition by l.po_number, l.sku order by l.due_on, l.supply_id) - l.units as before
    from purchase_order_lines l join purchase_orders o using (po_number) where l.units is not null
)
select f.po_number, f.line, f.units, f.covered, c.units as by_asns, b.units as without_asn
from filled f
left join (select po_number, sku, sum(units) as units from coverage group by po_number, sku) c using (po_number, sku)
left join (
    select po_number, sku, node, sum(units) as units
    from (
        select s.po_number, p.sku, p.node, p.units from counted_parts p join scans s using (scan_id)
        where p.asn_id is null and p.supply_id is null and s.po_number is not null
        union all
        select b.po_number, r.sku, r.node, b.units from blind_shares b join receipts r using (receipt_id)
    ) came
    group by po_number, sku, node
) b using (po_number, sku, node)
where f.covered <> least(f.units, greatest(0, coalesce(c.units, 0) + coalesce(b.units, 0) - f.before));

-- name: advised_equals_closed
-- A supplier has been told of every closed truck, and of no other, in versions without a gap.
select asn_id, a.closed_at, count(v.version) as told, max(v.version) as last
from asns a left join receiving_advices v using (asn_id)
group by asn_id
having (a.closed_at is not null) <> (count(v.version) > 0) or count(v.version) <> coalesce(max(v.version), 0);

-- name: accepted_files_are_announced
-- Whatever an accepted file says of an ASN has been taken, or was replaced by something newer.
select o.file_id, o.asn_id, o.revision, o.is_cancellation, a.revision as stands, a.cancelled_by
from file_asns o left join asns a using (asn_id)
where greatest(coalesce(a.revision, 0), coalesce(a.cancelled_by, 0)) < o.revision
      and not exists (select from parked p where p.waits_for = 'asn:' || o.asn_id);

-- name: refused_files_have_no_asns
-- A file that was refused announced nothing.
select o.file_id from file_asns o join files f using (file_id) where f.state = 'refused';

-- name: owed_equals_ordered
-- What a purchase order's line is expected to bring is what it says and no ASN covers; nothing more comes of a final one.
select supply_id, sku, node, s.expected_units, l.units, l.covered, s.is_closed, l.final
from (select * from supplies where purchase_order) s
full join (
    select l.*, o.node from purchase_order_lines l join purchase_orders o using (po_number) where l.units is not null
) l using (supply_id, sku, node)
where (coalesce(s.expected_units, 0), coalesce(s.is_closed, true))
      is distinct from (coalesce(l.units - l.covered, 0), coalesce(l.final, true));

-- name: waiting_scans_are_named
-- Nothing scanned is dropped: what waits or was set aside has a discrepancy that says why, of its own or its carton's.
select s.scan_id, s.state
from scans s
where s.state in ('waiting', 'set_aside')
  and not exists (
      select from discrepancies d
      where d.state = 'open'
        and (d.about, d.subject) in (('scan', s.scan_id), ('carton', s.asn_id || '/' || s.carton))
  );

-- name: counted_scans_have_parts
-- A counted scan stands for units; one that was taken back, replaced or set aside stands for none.
select s.scan_id, s.state, count(p.scan_id) as parts
from scans s left join counted_parts p using (scan_id)
where s.state <> 'waiting'
group by s.scan_id, s.state
having (s.state = 'counted') <> (count(p.scan_id) > 0);

-- name: receipts_equal_parts
-- Receipts of a scan, net, are what it stands for in each disposition, and of a scan that was taken back nothing.
select scan_id, line, disposition, coalesce(r.units, 0) as posted, coalesce(p.units, 0) as counted
from (
    select scan_id, line, disposition, sum(units) as units from receipts
    where scan_id is not null group by scan_id, line, disposition
) r
full join (
    select scan_id, line, share.disposition, sum(share.units) as units
    from counted_parts
    cross join lateral (
        values ('sellable', sellable), (case when wished = 'sellable' then 'quarantine' else wished end, units - sellable)
    ) as share (disposition, units)
    group by scan_id, line, share.disposition
) p using (scan_id, line, disposition)
where coalesce(r.units, 0) <> coalesce(p.units, 0);

-- name: tallies_equal_parts
-- What is counted of a SKU of an ASN is the sum of its parts and of what a warehouse system received by itself.
with counted as (
    select asn_id, sku, node, units, case when good then units else 0 end as good, sellable, 0 as elsewhere
    from counted_parts where asn_id is not null
    union all
    select a.asn_id, r.sku, r.node, r.units, own.units, own.units, own.units
    from receipts r join asns a on a.asn_id = r.supply_id
    cross join lateral (select case r.disposition when 'sellable' then r.units else 0 end as units) as own
    where r.scan_id is null
)
select asn_id, sku, node, t.units, t.good, t.sellable, t.elsewhere, t.allowed, c.units as counted
from tallies t
full join (
    select asn_id, sku, node, sum(units) as units, sum(good) as good, sum(sellable) as sellable,
           sum(elsewhere) as elsewhere
    from counted group by asn_id, sku, node
) c using (asn_id, sku, node)
where (coalesce(t.units, 0), coalesce(t.good, 0), coalesce(t.sellable, 0), coalesce(t.elsewhere, 0))
      is distinct from (coalesce(c.units, 0), coalesce(c.good, 0), coalesce(c.sellable, 0), coalesce(c.elsewhere, 0));

-- name: sellable_within_allowed
-- What is over lies in quarantine exactly as far as the ASN, its tolerance and what was taken before allow no more.
select asn_id, sku, node, good, sellable, allowed from tallies where sellable <> least(good, allowed);

-- name: cartons_are_counted_one_way
-- A carton counts by one label, or by its units.
select asn_id, carton, count(distinct scan_id) filter (where mode = 'by_carton') as labels,
       count(*) filter (where mode = 'by_unit') as units
from (select distinct p.asn_id, p.carton, p.scan_id, s.mode from counted_parts p join scans s using (scan_id)
      where p.carton is not null and (s.mode = 'by_carton' or p.chosen = 'sellable')) as counting
group by asn_id, carton
having count(*) filter (where mode = 'by_carton') > (count(*) filter (where mode = 'by_unit') = 0)::int;

-- name: voids_take_back
-- A scan that was taken back is voided, and only such a one.
select s.scan_id, s.state, v.scan_id as void
from scans s left join scans v on v.void_of = s.scan_id and v.state = 'void'
where s.void_of is null and (s.state = 'voided') <> (v.scan_id is not null);

-- name: lots_have_one_date
-- Of one lot of a SKU no units are free that were read with another date than its first.
select sku, node, lot, count(distinct expires_on) as dates
from counted_parts where lot is not null and expires_on is not null and not has_two_dates
group by sku, node, lot having count(distinct expires_on) > 1;

-- name: one_truck_in_a_slot
-- No two appointments that stand overlap at one door.
select a.node, a.door, a.request_id, b.request_id as other
from appointments a
join appointments b on b.node = a.node and b.door = a.door and b.request_id > a.request_id
                   and b.starts_at < a.ends_at and a.starts_at < b.ends_at
where not (a.is_given_up or b.is_given_up);

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
left join appointments p on p.asn_id = a.asn_id and not (p.is_given_up or p.missed)
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
    from stock_progress where supply_id is not null group by supply_id, sku, node
) p using (asn_id, sku, node)
where l.units > coalesce(p.units, 0);

-- name: overdue_with_its_line
-- What purchase orders bring is looked at when its line says that the window begins to lie.
select s.supply_id, s.sku, s.node, s.overdue_at, l.overdue_at as said
from supplies s join purchase_order_lines l using (supply_id, sku) join purchase_orders o using (po_number, node)
where s.purchase_order and s.overdue_at is distinct from l.overdue_at;
