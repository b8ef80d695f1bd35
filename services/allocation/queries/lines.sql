-- name: known_orders
-- Which of these orders were placed before.
select order_id from orders where order_id = any ($1::text[]);

-- name: queue
-- The waiting lines of locked positions, in order of service.
select q.*
from unnest($1::text[], $2::text[]) as asked (sku, node)
join queue q using (sku, node)
order by q.sku, q.node, q.queue_at, q.completed_at, q.order_id, q.line_id;

-- name: place_orders
-- Orders that are placed.
insert into orders (order_id, merchant, market, completed_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]);

-- name: place_lines
-- Their lines.
insert into lines (order_id, line_id, sku, node, units, min_life_days, unit_price, queue_at, completed_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::int[], $7::bigint[],
                     $8::timestamptz[], $9::timestamptz[]);

-- name: join_queue
-- Lines take their place in the order of service for all units that they neither own nor got.
insert into queue (sku, node, queue_at, completed_at, order_id, line_id, units, min_life_days, unit_price)
select sku, node, queue_at, completed_at, order_id, line_id, units - allocated - shipped - cancelled, min_life_days,
       unit_price
from lines where order_id = any ($1::text[]) and units > allocated + shipped + cancelled;

-- name: return_to_queue
-- Lines wait for units that they lost, at their old place; whether they waited meanwhile, and were ever promised.
with back as (
    select * from unnest($1::text[], $2::text[], $3::bigint[]) as lost (order_id, line_id, lost)
), returned as (
    insert into queue (sku, node, queue_at, completed_at, order_id, line_id, units, min_life_days, unit_price,
                       earliest, latest)
    select l.sku, l.node, l.queue_at, l.completed_at, l.order_id, l.line_id, back.lost, l.min_life_days, l.unit_price,
           last.earliest, last.latest
    from back join lines l using (order_id, line_id)
    left join lateral (
        select p.earliest, p.latest from promises p
        where p.order_id = l.order_id and p.line_id = l.line_id order by p.line_version desc limit 1
    ) last on true
    on conflict (sku, node, queue_at, completed_at, order_id, line_id)
    do update set units = queue.units + excluded.units
    returning order_id, line_id, units
)
select r.order_id, r.line_id, r.units > back.lost as waited,
       exists (select from promises p where p.order_id = r.order_id and p.line_id = r.line_id) as promised
from returned r join back using (order_id, line_id);

-- name: wait_for_less
-- Lines got units that they still waited for, but not all.
update queue q set units = q.units - got.units
from unnest($1::text[], $2::text[], $3::bigint[]) as got (order_id, line_id, units)
join lines l using (order_id, line_id)
where q.sku = l.sku and q.node = l.node and q.queue_at = l.queue_at and q.completed_at = l.completed_at
  and q.order_id = l.order_id and q.line_id = l.line_id and q.units > got.units
returning q.order_id, q.line_id;

-- name: wait_no_more
-- Lines got all units that they still waited for.
delete from queue q
using unnest($1::text[], $2::text[], $3::bigint[]) as got (order_id, line_id, units)
join lines l using (order_id, line_id)
where q.sku = l.sku and q.node = l.node and q.queue_at = l.queue_at and q.completed_at = l.completed_at
  and q.order_id = l.order_id and q.line_id = l.line_id and q.units = got.units;

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
