-- name: keep_nodes
-- Remembers nodes and their calendars; an older version changes nothing.
insert into nodes (node, version, zone, working_days, holidays, cut_off)
values ($1, $2, $3, $4, $5, $6)
on conflict (node) do update
set version = excluded.version, zone = excluded.zone, working_days = excluded.working_days,
    holidays = excluded.holidays, cut_off = excluded.cut_off
where nodes.version < excluded.version;

-- name: keep_merchants
-- Remembers merchants; an older version changes nothing.
insert into merchants (merchant, version, hub)
select * from unnest($1::text[], $2::bigint[], $3::text[])
on conflict (merchant) do update set version = excluded.version, hub = excluded.hub
where merchants.version < excluded.version;

-- name: keep_products
-- Remembers products; an older version changes nothing.
insert into products (sku, version, merchant, backorderable, min_life_days)
select * from unnest($1::text[], $2::bigint[], $3::text[], $4::boolean[], $5::int[]) as told (sku) order by sku
on conflict (sku) do update
set version = excluded.version, merchant = excluded.merchant, backorderable = excluded.backorderable,
    min_life_days = excluded.min_life_days
where products.version < excluded.version;

-- name: products
-- What is known of these SKUs.
select sku, merchant, backorderable, min_life_days from products where sku = any ($1::text[]);

-- name: hubs
-- Where these merchants' orders ship from.
select merchant, hub from merchants where merchant = any ($1::text[]);

-- name: calendars
-- The calendars of these nodes.
select node, zone, working_days, holidays, cut_off from nodes where node = any ($1::text[]);

-- name: known_orders
-- Which of these orders were placed before.
select order_id from orders where order_id = any ($1::text[]);

-- name: create_positions
-- Positions that are seen for the first time.
insert into positions (sku, node)
select sku, node from unnest($1::text[], $2::text[]) as asked (sku, node) order by sku, node
on conflict do nothing;

-- name: lock_positions
-- Locks positions in one sorted order, so that no two transactions wait for each other.
select p.sku, p.node, p.version, p.stock_sequence, p.inbound_version,
       p.availability_version, p.shown
from positions p join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
order by p.sku, p.node
for no key update of p;

-- name: free_lots
-- Sellable units that no line owns, at locked positions.
select l.sku, l.node, l.lot, l.expires_on, l.on_hand - l.allocated as units
from lots l join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
where l.on_hand > l.allocated;

-- name: queue
-- The waiting lines of locked positions, in order of service.
select q.*
from unnest($1::text[], $2::text[]) as asked (sku, node)
join queue q using (sku, node)
order by q.sku, q.node, q.queue_at, q.completed_at, q.order_id, q.line_id;

-- name: supplies
-- What is on its way to locked positions: expected, less what is in stock already.
select s.sku, s.node, s.supply_id, s.expected, s.stocked, s.earliest, s.latest, s.cause, s.reason
from supplies s join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
where s.listed;

-- name: set_stock
-- How far the news of stock has been applied; units that lines owned and got are gone from both sides at once.
update positions p
set stock_sequence = told.sequence, on_hand = p.on_hand + told.delta, allocated = p.allocated - told.shipped
from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
     as told (sku, node, sequence, delta, shipped)
where p.sku = told.sku and p.node = told.node;

-- name: create_lots
-- Lots that are seen for the first time; the first expiry that is told stays.
insert into lots (sku, node, lot, expires_on, on_hand)
select sku, node, lot, expires_on, 0
from unnest($1::text[], $2::text[], $3::text[], $4::date[]) as told (sku, node, lot, expires_on)
on conflict (sku, node, lot) do update set expires_on = excluded.expires_on
where lots.expires_on is null and excluded.expires_on is not null;

-- name: short_lots
-- Lots of which more would leave than is free and what lines got.
select l.sku, l.node, l.lot, (l.allocated - told.shipped) - (l.on_hand + told.delta) as short
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) as told (sku, node, lot, delta, shipped)
join lots l using (sku, node, lot)
where l.allocated - told.shipped > l.on_hand + told.delta
order by l.sku, l.node, l.lot;

-- name: change_lots
-- Sellable units of a lot that came or left; of those that left, the ones that lines owned.
update lots l set on_hand = l.on_hand + told.delta, allocated = l.allocated - told.shipped
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) as told (sku, node, lot, delta, shipped)
where l.sku = told.sku and l.node = told.node and l.lot = told.lot;

-- name: add_stocked
-- Units of supplies that are in stock, in whatever status.
insert into supplies (sku, node, supply_id, listed, expected, stocked, cause, reason)
select sku, node, supply_id, false, 0, units, '', ''
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as landed (sku, node, supply_id, units)
on conflict (sku, node, supply_id) do update set stocked = supplies.stocked + excluded.stocked;

-- name: unlist_supplies
-- Before the whole inbound of a position is told anew.
update supplies s set listed = false
from unnest($1::text[], $2::text[]) as told (sku, node)
where s.sku = told.sku and s.node = told.node and s.listed;

-- name: list_supplies
-- What is on its way, as told last.
insert into supplies (sku, node, supply_id, listed, expected, stocked, earliest, latest, cause, reason)
select sku, node, supply_id, true, expected, 0, earliest, latest, cause, reason
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::date[], $6::date[], $7::text[], $8::text[])
     as told (sku, node, supply_id, expected, earliest, latest, cause, reason)
on conflict (sku, node, supply_id) do update
set listed = true, expected = excluded.expected, earliest = excluded.earliest, latest = excluded.latest,
    cause = excluded.cause, reason = excluded.reason;

-- name: set_inbound
-- How far the news of inbound has been applied.
update positions p set inbound_version = told.version
from unnest($1::text[], $2::text[], $3::bigint[]) as told (sku, node, version)
where p.sku = told.sku and p.node = told.node;

-- name: place_orders
-- Orders that are placed.
insert into orders (order_id, merchant, market, completed_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]);

-- name: place_lines
-- Their lines.
insert into lines (order_id, line_id, sku, node, units)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]);

-- name: join_queue
-- Lines take their place in the order of service.
insert into queue (sku, node, queue_at, completed_at, order_id, line_id, units, min_life_days)
select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[],
                     $7::bigint[], $8::int[]);

-- name: leave_queue
-- Lines that got all their units.
delete from queue q
using unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[])
      as served (sku, node, queue_at, completed_at, order_id, line_id)
where q.sku = served.sku and q.node = served.node and q.queue_at = served.queue_at
  and q.completed_at = served.completed_at and q.order_id = served.order_id and q.line_id = served.line_id;

-- name: update_queue
-- Lines that still wait: for how much, and what they are promised.
update queue q
set units = now_is.units, ready_earliest = now_is.ready_earliest, ready_latest = now_is.ready_latest,
    earliest = now_is.earliest, latest = now_is.latest
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::bigint[],
            $8::date[], $9::date[], $10::date[], $11::date[])
     as now_is (sku, node, queue_at, completed_at, order_id, line_id, units, ready_earliest, ready_latest, earliest,
                latest)
where q.sku = now_is.sku and q.node = now_is.node and q.queue_at = now_is.queue_at
  and q.completed_at = now_is.completed_at and q.order_id = now_is.order_id and q.line_id = now_is.line_id;

-- name: add_allocations
-- Units given to lines, by lot.
insert into allocations (order_id, line_id, lot, version, sku, node, units, allocated_at)
select order_id, line_id, lot, version, sku, node, units, $8
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::bigint[])
     as given (order_id, line_id, lot, version, sku, node, units);

-- name: allocate_lots
-- Units of a lot that lines own from now on.
update lots l set allocated = l.allocated + given.units
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as given (sku, node, lot, units)
where l.sku = given.sku and l.node = given.node and l.lot = given.lot;

-- name: change_lines
-- What lines own from now on, and how often each was told about; the version of each.
update lines l set allocated = l.allocated + changed.units, line_version = l.line_version + changed.times
from unnest($1::text[], $2::text[], $3::bigint[], $4::int[]) as changed (order_id, line_id, units, times)
where l.order_id = changed.order_id and l.line_id = changed.line_id
returning l.order_id, l.line_id, l.line_version;

-- name: add_promises
-- Every range that a line was promised is kept.
insert into promises (order_id, line_id, line_version, sku, node, version, units, earliest, latest, supply_id, reason,
                      cause, promised_at)
select told.*, $13::timestamptz
from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::date[],
            $9::date[], $10::text[], $11::text[], $12::text[]) as told;

-- name: ship_allocations
-- Units of lines' lots that left, oldest allocation first; one row for each line and lot that had them.
with left_now as (
    select order_id, line_id, sku, node, lot, sum(units) as units
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
         as shipped (order_id, line_id, sku, node, lot, units)
    group by order_id, line_id, sku, node, lot
), owned as (
    select a.order_id, a.line_id, a.lot, a.version, a.units - a.shipped as units, left_now.units as leaving,
           sum(a.units - a.shipped) over (partition by a.order_id, a.line_id, a.lot order by a.version) as up_to
    from allocations a join left_now using (order_id, line_id, sku, node, lot)
), taken as (
    select order_id, line_id, lot, version, least(units, leaving - (up_to - units)) as units
    from owned where up_to - units < leaving and units > 0
), shipped as (
    update allocations a set shipped = a.shipped + taken.units
    from taken
    where a.order_id = taken.order_id and a.line_id = taken.line_id and a.lot = taken.lot and a.version = taken.version
    returning a.order_id, a.line_id, a.sku, a.node, a.lot, taken.units
)
select order_id, line_id, sku, node, lot, sum(units)::bigint as units
from shipped group by order_id, line_id, sku, node, lot;

-- name: ship_lines
-- Units that lines got.
update lines l set allocated = l.allocated - gone.units, shipped = l.shipped + gone.units
from (
    select order_id, line_id, sum(units) as units
    from unnest($1::text[], $2::text[], $3::bigint[]) as shipped (order_id, line_id, units)
    group by order_id, line_id
) as gone
where l.order_id = gone.order_id and l.line_id = gone.line_id;

-- name: set_positions
-- What a position comes to after a change: one version more.
update positions p
set version = p.version + 1, allocated = p.allocated + now_is.allocated, waiting_lines = now_is.waiting_lines,
    waiting_units = now_is.waiting_units, availability_version = now_is.availability_version,
    shown = now_is.shown
from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[])
     as now_is (sku, node, allocated, waiting_lines, waiting_units, availability_version, shown)
where p.sku = now_is.sku and p.node = now_is.node;
