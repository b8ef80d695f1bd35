-- name: stock_agrees_at_equal_sequence
-- I2: at equal sequence, what allocation has of a lot is what inventory has of it, sellable.
select coalesce(i.sku, a.sku) as sku, coalesce(i.node, a.node) as node, coalesce(i.lot, a.lot) as lot,
       coalesce(i.on_hand, 0) as inventory, coalesce(a.on_hand, 0) as allocation
from (
    select l.* from inventory.lots l
    join inventory.positions ip using (sku, node)
    join allocation.positions ap using (sku, node)
    where l.status = 'sellable' and ip.sequence = ap.stock_sequence
) i
full join (
    select l.* from allocation.lots l
    join allocation.positions ap using (sku, node)
    join inventory.positions ip using (sku, node)
    where ip.sequence = ap.stock_sequence
) a using (sku, node, lot)
where coalesce(i.on_hand, 0) <> coalesce(a.on_hand, 0);

-- name: stock_is_not_ahead_of_its_news
-- Allocation never knows more of stock than inventory has told.
select sku, node, ip.sequence as inventory, ap.stock_sequence as allocation
from allocation.positions ap left join inventory.positions ip using (sku, node)
where ap.stock_sequence > coalesce(ip.sequence, 0);

-- name: shipped_units_agree
-- I3: at equal sequence, the units that lines got are those that the ledger says they were shipped; of more than they
-- ordered, as many as they ordered.
select l.order_id, l.line_id, l.shipped, coalesce(m.units, 0) as ledger
from allocation.lines l
join allocation.positions ap using (sku, node)
join inventory.positions ip using (sku, node)
left join (
    select order_id, line_id, sku, node, -sum(delta) as units
    from inventory.movements where reason = 'ship' group by order_id, line_id, sku, node
) m using (order_id, line_id, sku, node)
where ip.sequence = ap.stock_sequence and l.shipped <> least(coalesce(m.units, 0), l.units - l.cancelled);

-- name: rework_agrees
-- At equal sequence, the units that allocation promises from rework are those that inventory has there.
select sku, node, coalesce(r.units, 0) as allocation, coalesce(b.on_hand, 0) as inventory
from allocation.positions ap
join inventory.positions ip using (sku, node)
left join (
    select sku, node, sum(expected) as units from allocation.supplies where kind = 'rework' group by sku, node
) r using (sku, node)
left join (select sku, node, on_hand from inventory.balances where status = 'rework') b using (sku, node)
where ip.sequence = ap.stock_sequence and coalesce(r.units, 0) <> coalesce(b.on_hand, 0);

-- name: stocked_units_agree
-- At equal sequence, the units that allocation counts of a supply are those that the ledger received from it.
select coalesce(s.sku, m.sku) as sku, coalesce(s.node, m.node) as node, supply_id, s.stocked, m.units as ledger
from (
    select s.* from allocation.supplies s
    join allocation.positions ap using (sku, node)
    join inventory.positions ip using (sku, node)
    where ip.sequence = ap.stock_sequence
) s
full join (
    select m.sku, m.node, m.supply_id, sum(m.delta) as units
    from inventory.movements m
    join allocation.positions ap using (sku, node)
    join inventory.positions ip using (sku, node)
    where m.reason = 'receipt' and m.supply_id is not null and ip.sequence = ap.stock_sequence
    group by m.sku, m.node, m.supply_id
) m using (sku, node, supply_id)
where coalesce(s.stocked, 0) <> coalesce(m.units, 0);

-- name: pages_show_what_allocation_says
-- At equal version, gateway's availability is allocation's.
select g.sku, g.node, g.state, g.available_to_sell, p.page
from gateway.availability g
join (
    select sku, node, availability_version as version, page::jsonb as page from allocation.positions
    union all select sku, '', version, page::jsonb from allocation.rollups
) p using (sku, node, version)
where (g.state, g.available_to_sell) is distinct from (p.page ->> 'state', (p.page -> 'available_to_sell')::bigint);
