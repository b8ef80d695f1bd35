-- name: create_orders
-- Purchase orders that are named for the first time; version 0 is before the first.
insert into purchase_orders (po_number) select asked from unnest($1::text[]) as asked order by asked
on conflict do nothing;

-- name: lock_orders
-- Locks purchase orders in one sorted order, so that no two transactions wait for each other.
select po_number, version from purchase_orders where po_number = any ($1::text[])
order by po_number
for no key update;

-- name: keep_orders
-- A version replaces the one before it.
update purchase_orders o set version = told.version, supplier_id = told.supplier_id, node = told.node
from unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) as told (po_number, version, supplier_id, node)
where o.po_number = told.po_number;

-- name: order_lines
-- The lines of purchase orders.
select po_number, line, sku, qty, uom, units_per, due_on, final, earliest, latest, cause, reason, units
from purchase_order_lines where po_number = any ($1::text[])
order by po_number, line;

-- name: forget_order_lines
-- Before the lines of purchase orders are told anew.
delete from purchase_order_lines where po_number = any ($1::text[]);

-- name: keep_order_lines
-- The lines of a version, with their units where they can be counted.
insert into purchase_order_lines (po_number, line, sku, qty, uom, units_per, due_on, final, earliest, latest, cause,
                                  reason, units)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::date[],
                     $8::boolean[], $9::date[], $10::date[], $11::text[], $12::text[], $13::bigint[]);

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
where not s.landed and s.purchase_order and not s.closed and s.expected_units > s.received
      and l.po_number = any ($3::text[])
order by s.sku, s.node, l.due_on, l.po_number, l.line;
