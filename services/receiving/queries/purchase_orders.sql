-- name: create_orders
-- Purchase orders that are named for the first time; version 0 is before the first.
insert into purchase_orders (po_number) select asked from unnest($1::text[]) as asked order by asked
on conflict do nothing;

-- name: lock_orders
-- Locks purchase orders in one sorted order, so that no two transactions wait for each other.
select po_number, version from purchase_orders where po_number = any ($1::text[])
order by po_number
for no key update;

-- name: order_partners
-- From whom purchase orders come, and where they go.
select po_number, supplier_id, node from purchase_orders where po_number = any ($1::text[]) and node is not null;

-- name: keep_orders
-- A version replaces the one before it.
update purchase_orders o
set version = told.version, supplier_id = told.supplier_id, node = told.node, ordered_at = told.ordered_at
from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])
     as told (po_number, version, supplier_id, node, ordered_at)
where o.po_number = told.po_number;

-- name: order_lines
-- The lines of purchase orders.
select po_number, line, sku, qty, uom, units_per, due_on, final, earliest, latest, overdue_at, reliable_on, cause,
       reason, units
from purchase_order_lines where po_number = any ($1::text[])
order by po_number, line;

-- name: forget_order_lines
-- Before the lines of purchase orders are told anew.
delete from purchase_order_lines where po_number = any ($1::text[]);

-- name: keep_order_lines
-- The lines of a version, with their units where they can be counted.
insert into purchase_order_lines (po_number, line, sku, qty, uom, units_per, due_on, final, earliest, latest,
                                  overdue_at, reliable_on, cause, reason, units)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::date[],
                     $8::boolean[], $9::date[], $10::date[], $11::timestamptz[], $12::date[], $13::text[], $14::text[],
                     $15::bigint[]);

-- name: overdue_lines
-- Lines that still owe something while their windows can no longer be kept.
select l.po_number, l.line, l.sku, l.qty, l.uom, l.units_per, l.due_on, l.final, l.earliest, l.latest, l.overdue_at,
       l.reliable_on, l.cause, l.reason, l.units
from supplies s join purchase_order_lines l using (supply_id)
where s.overdue_at <= $1 and s.purchase_order and not s.landed and not s.is_closed and s.expected_units > s.received
order by s.overdue_at limit $2;

-- name: keep_order_windows
-- When the units of lines are ready, and why.
update purchase_order_lines l
set earliest = told.earliest, latest = told.latest, overdue_at = told.overdue_at, reliable_on = told.reliable_on,
    cause = told.cause, reason = told.reason
from unnest($1::text[], $2::date[], $3::date[], $4::timestamptz[], $5::date[], $6::text[], $7::text[])
     as told (supply_id, earliest, latest, overdue_at, reliable_on, cause, reason)
where l.supply_id = told.supply_id;

-- name: orders_owing
-- Purchase orders that may still owe something to positions.
select distinct l.po_number
from supplies s
join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
join purchase_order_lines l using (supply_id)
where not s.landed and s.purchase_order;

-- name: open_lines
-- What lines of locked purchase orders still owe to positions.
select s.sku, s.node, s.supply_id, l.po_number, l.line, l.due_on, s.expected_units - s.received as units
from supplies s
join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
join purchase_order_lines l using (supply_id)
where not s.landed and s.purchase_order and not s.is_closed and s.expected_units > s.received
      and l.po_number = any ($3::text[])
order by s.sku, s.node, l.due_on, l.po_number, l.line;

-- name: last_lines
-- Of positions that purchase orders bring something to: the line that is due last, what it brings and what came of it.
select asked.sku, asked.node, last.supply_id, last.expected_units as expected, last.received
from unnest($1::text[], $2::text[]) as asked (sku, node)
cross join lateral (
    select s.supply_id, s.expected_units, s.received
    from supplies s join purchase_order_lines l using (supply_id)
    where s.sku = asked.sku and s.node = asked.node and s.purchase_order
    order by l.due_on desc, s.supply_id desc limit 1
) as last;

-- name: uncounted_order_lines
-- Lines of these purchase orders whose units are unknown.
select po_number, line, sku, qty, uom, units_per, due_on, final, earliest, latest, overdue_at, reliable_on, cause,
       reason, units
from purchase_order_lines where po_number = any ($1::text[]) and units is null
order by po_number, line;

-- name: orders_waiting_for
-- Purchase orders with a line whose units were unknown for want of these SKUs.
select distinct po_number from purchase_order_lines where units is null and sku = any ($1::text[]);

-- name: count_order_lines
-- Lines whose units are known now.
update purchase_order_lines l set units = told.units
from unnest($1::text[], $2::text[], $3::bigint[]) as told (po_number, line, units)
where l.po_number = told.po_number and l.line = told.line;

-- name: order_supplies
-- The supplies that lines of purchase orders are, of some SKUs.
select l.supply_id, l.sku, o.node
from purchase_order_lines l join purchase_orders o using (po_number)
where l.po_number = any ($1::text[]) and l.sku = any ($2::text[]) and l.units is not null;

-- name: announced
-- What ASNs announce of SKUs for each purchase order, what came of it, and whether more may come.
select asked.asn_id, asked.sku, a.po_number as header, a.closed_at is not null or a.cancelled_by >= a.revision as done,
       coalesce(came.units, 0) as received, said.po_number, said.units
from unnest($1::text[], $2::text[]) as asked (asn_id, sku)
join asns a using (asn_id)
left join lateral (
    select sum(s.received)::bigint as units from supplies s where s.supply_id = asked.asn_id and s.sku = asked.sku
) as came on true
left join lateral (
    select l.po_number, sum(l.units)::bigint as units from asn_lines l
    where l.asn_id = a.asn_id and l.revision = a.revision and l.sku = asked.sku and l.units is not null
    group by l.po_number
) as said on true;

-- name: forget_coverage
-- Before what ASNs cover of SKUs is told anew.
delete from coverage c using unnest($1::text[], $2::text[]) as asked (asn_id, sku)
where c.asn_id = asked.asn_id and c.sku = asked.sku;

-- name: keep_coverage
-- What ASNs cover of purchase orders.
insert into coverage (po_number, sku, asn_id, units)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]);

-- name: covered_lines
-- Counted lines of purchase orders and what of them was covered, with all that ASNs cover of their SKU now, and all that
-- came without an ASN in the name of the purchase order and is posted for no line of it.
select l.po_number, l.line, l.sku, o.node, l.supply_id, l.due_on, l.units, l.covered,
       (coalesce((select sum(c.units) from coverage c where c.po_number = l.po_number and c.sku = l.sku), 0)
        + coalesce((select sum(p.units) from scans s join counted_parts p using (scan_id)
                    where s.po_number = l.po_number and p.asn_id is null and p.supply_id is null
                          and p.sku = l.sku and p.node = o.node), 0)
        + coalesce((select sum(b.units) from blind_shares b join receipts r using (receipt_id)
                    where b.po_number = l.po_number and r.sku = l.sku and r.node = o.node), 0))::bigint as by_others
from purchase_order_lines l join purchase_orders o using (po_number)
where l.po_number = any ($1::text[]) and l.sku = any ($2::text[]) and l.units is not null
order by l.po_number, l.sku;

-- name: cover_lines
-- What ASNs cover of lines.
update purchase_order_lines l set covered = told.units
from unnest($1::text[], $2::bigint[]) as told (supply_id, units)
where l.supply_id = told.supply_id;

-- name: orders_of_supplies
-- The purchase orders whose lines these supplies are.
select supply_id, po_number from purchase_order_lines where supply_id = any ($1::text[]);
