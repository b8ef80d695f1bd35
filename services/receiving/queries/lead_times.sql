-- name: keep_steps
-- Movements by which units became sellable, or went into rework or left it, each once.
insert into stock_progress (movement_id, sku, node, supply_id, sequence, at, ready_units, rework_units)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::bigint[],
                     $8::bigint[]) as told (movement_id)
order by movement_id
on conflict do nothing
returning sku, node, rework_units;

-- name: lock_reworked
-- Locks trucks that are not observed yet and of which units went into rework at these positions, in one sorted order.
select a.asn_id from asns a
where a.observed_at is null
  and a.asn_id in (select p.supply_id
                   from stock_progress p join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
                   where p.rework_units > 0)
order by a.asn_id
for no key update;

-- name: set_in_rework
-- Whether trucks wait for rework.
update asns set in_rework = $2 where asn_id = any ($1::text[]) and in_rework <> $2;

-- name: trucks_to_observe
-- Trucks that are closed, and of which all that was received is in stock; the last closed first.
select asn_id from asns a
where closed_at is not null and observed_at is null and not in_rework
  and not exists (select from supplies s where s.supply_id = a.asn_id and not s.landed)
order by closed_at desc limit $1;

-- name: trucks_done
-- All that is known of the way of these trucks.
select a.asn_id, a.supplier_id, a.node, a.eta_earliest, a.eta_latest, a.shipped_at, p.starts_at as booked_for,
       t.arrived_at, t.begun_at, s.first_scan_at, s.last_scan_at
from asns a
left join appointments p on p.asn_id = a.asn_id and not p.is_given_up and not p.missed
left join trucks t on t.asn_id = a.asn_id
cross join lateral (
    select min(scanned_at) as first_scan_at, max(scanned_at) as last_scan_at
    from scans where asn_id = a.asn_id and revision is not null
) as s
where a.asn_id = any ($1::text[]) and a.observed_at is null;

-- name: orders_behind
-- When what trucks brought was ordered, and when the first of it was due: the trucks of a purchase order fill the lines
-- that are due first, in the order in which they were closed.
with trucks as (
    select c.po_number, c.sku, c.asn_id,
           sum(c.units) over (partition by c.po_number, c.sku order by a.closed_at, c.asn_id) - c.units as filled_before
    from (select distinct po_number, sku from coverage where asn_id = any ($1::text[])) as asked
    join coverage c using (po_number, sku)
    join asns a using (asn_id)
), lines as (
    select l.po_number, l.sku, l.due_on,
           sum(l.units) over (partition by l.po_number, l.sku order by l.due_on, l.line) as filled_by
    from (select distinct po_number, sku from coverage where asn_id = any ($1::text[])) as asked
    join purchase_order_lines l using (po_number, sku)
)
select t.asn_id, t.sku, min(o.ordered_at) as ordered_at, min(l.due_on) as due_on
from trucks t
join purchase_orders o using (po_number)
left join lines l on l.po_number = t.po_number and l.sku = t.sku and l.filled_by > t.filled_before
where t.asn_id = any ($1::text[])
group by t.asn_id, t.sku;

-- name: steps_of
-- When units of these supplies became sellable, and all rework of the positions where some of them went through it.
select movement_id, sku, node, supply_id, sequence, at, ready_units, rework_units
from stock_progress where supply_id = any ($1::text[])
union
select p.movement_id, p.sku, p.node, p.supply_id, p.sequence, p.at, p.ready_units, p.rework_units
from (select distinct sku, node from stock_progress where supply_id = any ($1::text[]) and rework_units <> 0) as through
join stock_progress p using (sku, node)
where p.rework_units <> 0;

-- name: add_lead_times
-- What supplies took, in working days, once for ever.
insert into lead_times (asn_id, sku, node, supplier_id, units, ordered_at, shipped_at, docked_at, ready_at,
                        ordered_to_shipped, shipped_to_docked, docked_to_ready, ordered_to_ready, due_to_ready)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[],
                     $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::int[], $11::int[], $12::int[],
                     $13::int[], $14::int[]);

-- name: add_truck_times
-- What trucks took, in working days, once for ever.
insert into truck_times (asn_id, node, supplier_id, ready_at, eta_earliest_to_ready, eta_latest_to_ready,
                         booked_to_ready, docked_to_ready, due_to_ready, eta_error, waiting_minutes, unloading_minutes,
                         counting_minutes, rework_minutes)
select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::int[], $6::int[], $7::int[], $8::int[],
                     $9::int[], $10::int[], $11::int[], $12::int[], $13::int[], $14::int[]);

-- name: add_ready_days
-- How many units of trucks were sellable so many working days after they came.
insert into ready_days (asn_id, days, units) select * from unnest($1::text[], $2::int[], $3::bigint[]);

-- name: set_observed
-- What these trucks took is written down.
update asns set observed_at = $2 where asn_id = any ($1::text[]);

-- name: ways
-- What the last 200 trucks of suppliers took to be ready at nodes, from each day that was said of them.
select asked.supplier_id, asked.node, last.eta_earliest_to_ready, last.eta_latest_to_ready, last.booked_to_ready,
       last.docked_to_ready
from unnest($1::text[], $2::text[]) as asked (supplier_id, node)
cross join lateral (
    select eta_earliest_to_ready, eta_latest_to_ready, booked_to_ready, docked_to_ready
    from truck_times t where t.supplier_id = asked.supplier_id and t.node = asked.node
    order by t.ready_at desc limit 200
) as last;

-- name: ways_from_due
-- What the last 200 lines of purchase orders of suppliers took to be ready at nodes, from the day they were due.
select asked.supplier_id, asked.node, last.due_to_ready
from unnest($1::text[], $2::text[]) as asked (supplier_id, node)
cross join lateral (
    select due_to_ready from lead_times l
    where l.supplier_id = asked.supplier_id and l.node = asked.node and l.due_to_ready is not null
    order by l.ready_at desc limit 200
) as last;

-- name: kept
-- Of the last 30 trucks of suppliers, to whatever node: how long after what was said of them they were ready.
select asked.supplier_id, last.due_to_ready, last.eta_latest_to_ready
from unnest($1::text[]) as asked (supplier_id)
cross join lateral (
    select due_to_ready, eta_latest_to_ready from truck_times t
    where t.supplier_id = asked.supplier_id
    order by t.ready_at desc, t.asn_id limit 30
) as last;

-- name: lead_times
-- The last supplies of a supplier, of a SKU or of a node, or of any two of them.
select asn_id, sku, node, supplier_id, units, ordered_at, shipped_at, docked_at, ready_at, ordered_to_shipped,
       shipped_to_docked, docked_to_ready, ordered_to_ready, due_to_ready
from lead_times
where ($1::text is null or supplier_id = $1) and ($2::text is null or sku = $2) and ($3::text is null or node = $3)
order by ready_at desc limit $4;

-- name: eta_errors
-- By how many working days the last trucks of a supplier missed their ETA, at a node if one is given.
select eta_error from truck_times
where supplier_id = $1 and ($2::text is null or node = $2) and eta_error is not null
order by ready_at desc limit $3;

-- name: truck_times
-- What trucks took at a node since a moment, or what one took; the last first.
select t.asn_id, t.node, t.supplier_id, t.ready_at, t.eta_earliest_to_ready, t.eta_latest_to_ready, t.booked_to_ready,
       t.docked_to_ready, t.due_to_ready, t.eta_error, t.waiting_minutes, t.unloading_minutes, t.counting_minutes, t.rework_minutes,
       array(select days from ready_days r where r.asn_id = t.asn_id order by days) as days,
       array(select units from ready_days r where r.asn_id = t.asn_id order by days) as units
from truck_times t
where t.node = $1 and t.ready_at >= $2 and ($3::text is null or t.asn_id = $3)
order by t.ready_at desc limit $4;

-- name: trucks_on_the_dock
-- Trucks that came to a node and are not in stock yet; the first that came first.
select t.asn_id, a.supplier_id, t.arrived_at
from trucks t join asns a using (asn_id)
where a.node = $1 and t.arrived_at is not null and a.observed_at is null
  and exists (select from supplies s where s.supply_id = a.asn_id and not s.landed)
order by t.arrived_at limit $2;
