-- name: look_at_asns
-- ASNs are looked at once they are overdue; one whose dates changed is looked at now.
insert into overdue_looks (supply_id, purchase_order, look_at)
select asn_id, false, eta_latest + 2 from asns where asn_id = any ($1::text[]) order by asn_id
on conflict (supply_id) do update set look_at = clock();

-- name: look_at_order_lines
-- Lines of purchase orders are looked at once they are overdue; one whose dates changed is looked at now.
insert into overdue_looks (supply_id, purchase_order, look_at)
select supply_id, true, due_on + 2 from purchase_order_lines
where po_number = any ($1::text[]) and not final order by supply_id
on conflict (supply_id) do update set look_at = clock();

-- name: look_again_now
-- What was told as overdue is looked at again, since something became of it.
update overdue_looks set look_at = clock() where supply_id = any ($1::text[]) and level > 0;

-- name: looks_due
-- Supplies to look at by now.
select supply_id, purchase_order, level from overdue_looks where look_at <= clock() order by look_at limit $1;

-- name: order_lines_owed
-- Of lines of purchase orders what is still to come, and when it was due.
select l.supply_id, l.po_number, o.supplier_id, o.node, l.due_on, s.expected_units - s.received as units
from purchase_order_lines l
join purchase_orders o using (po_number)
join supplies s on s.supply_id = l.supply_id and s.sku = l.sku and s.node = o.node
where l.supply_id = any ($1::text[]) and s.purchase_order and not s.is_closed and s.expected_units > s.received;

-- name: set_looks
-- When to look at supplies next, and how loudly they were told as overdue.
update overdue_looks o set level = told.level, look_at = told.look_at
from unnest($1::text[], $2::int[], $3::timestamptz[]) as told (supply_id, level, look_at)
where o.supply_id = told.supply_id;

-- name: drop_looks
-- Supplies that came, or of which nothing more comes.
delete from overdue_looks where supply_id = any ($1::text[]);
