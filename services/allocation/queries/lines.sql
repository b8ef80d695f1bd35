-- name: known_orders
-- Which of these orders were placed before.
select order_id from orders where order_id = any ($1::text[]);

-- name: change_lines
-- What lines own from now on, and how often each was told about; the version of each.
update lines l set allocated = l.allocated + changed.units, line_version = l.line_version + changed.times
from unnest($1::text[], $2::text[], $3::bigint[], $4::int[]) as changed (order_id, line_id, units, times)
where l.order_id = changed.order_id and l.line_id = changed.line_id
returning l.order_id, l.line_id, l.line_version;

-- name: place_orders
-- Orders that are placed.
insert into orders (order_id, merchant, market, completed_at, priority, ship_not_before, authorized_until, max_shipments,
                    payment_look_at)
select *, authorized_until - interval '1 day'
from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::date[], $7::timestamptz[],
                     $8::int[])
     as placed (order_id, merchant, market, completed_at, priority, ship_not_before, authorized_until, max_shipments);

-- name: place_lines
-- Their lines, each at its place in the order of service; a declined one is told of once, and wants nothing.
insert into lines (order_id, line_id, sku, node, units, min_life_days, unit_price, queue_at, completed_at, is_declined,
                   bundle_line_id, per_bundle, cancelled, line_version)
select placed.*, case when placed.is_declined then placed.units else 0 end, placed.is_declined::int
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::int[], $7::bigint[], $8::timestamptz[],
            $9::timestamptz[], $10::boolean[], $11::text[], $12::bigint[])
     as placed (order_id, line_id, sku, node, units, min_life_days, unit_price, queue_at, completed_at, is_declined,
                bundle_line_id, per_bundle);

-- name: keep_told
-- The ranges that customers were told last; an older notice changes nothing.
update lines l
set told_earliest = p.earliest, told_latest = p.latest, told_version = p.line_version
from unnest($1::text[], $2::text[], $3::bigint[]) as told (order_id, line_id, line_version)
join promises p using (order_id, line_id, line_version)
where l.order_id = told.order_id and l.line_id = told.line_id and l.told_version < told.line_version;
