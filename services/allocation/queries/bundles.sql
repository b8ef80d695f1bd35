-- name: one_bundle_at_a_time
-- Let products that are bundles become known one after another, so that each sees the components of the others.
select pg_advisory_xact_lock(hashtextextended(current_schema() || ' bundles', 0));

-- name: bundles_that_name
-- The bundles of which these SKUs are components.
select asked.sku as component, b.sku
from unnest($1::text[]) as asked (sku)
cross join lateral (select p.sku from products p where p.components ? asked.sku) b;

-- name: place_bundles
-- Ordered lines of bundles; a declined one is cancelled whole.
insert into bundles (order_id, line_id, sku, node, units, unit_price, may_ship_in_parts, cancelled, line_version)
select placed.order_id, placed.line_id, placed.sku, placed.node, placed.units, placed.unit_price, placed.may_ship_in_parts,
       case when placed.is_declined then placed.units else 0 end, placed.is_declined::int
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::boolean[], $8::boolean[])
     as placed (order_id, line_id, sku, node, units, unit_price, may_ship_in_parts, is_declined);

-- name: lock_bundles
-- Locks the bundles that lines are components of in one sorted order; what each was told last.
select b.*, last.line_version is not null as promised, last.earliest, last.latest
from bundles b
left join lateral (
    select p.line_version, p.earliest, p.latest from promises p
    where p.order_id = b.order_id and p.line_id = b.line_id order by p.line_version desc limit 1
) last on true
where (b.order_id, b.line_id) in (
    select l.order_id, l.ordered_line_id
    from unnest($1::text[], $2::text[]) as named (order_id, line_id) join lines l using (order_id, line_id)
)
order by b.order_id, b.line_id
for no key update of b;

-- name: components_of_bundles
-- The components of locked bundles as they stand.
select l.order_id, l.line_id, l.ordered_line_id, l.sku, l.node, l.per_bundle, l.cancelled, coalesce(o.units, 0) as owned,
       l.shipped + coalesce(o.units, 0) as gone, coalesce(q.units, 0) as waiting, q.earliest, q.latest
from unnest($1::text[], $2::text[]) as named (order_id, line_id)
join lines l on l.order_id = named.order_id and l.ordered_line_id = named.line_id
left join lateral (
    select sum(on_floor)::bigint as units from releases
    where releases.order_id = l.order_id and releases.line_id = l.line_id
) o on true
left join lateral (
    select units, earliest, latest from queue
    where queue.sku = l.sku and queue.node = l.node and queue.queue_at = l.queue_at
      and queue.completed_at = l.completed_at and queue.order_id = l.order_id and queue.line_id = l.line_id
    limit 1
) q on true
order by l.order_id, l.line_id;

-- name: set_bundles
-- Write what bundles came to, as announced now, and how often they are announced.
update bundles b
set line_version = b.line_version + told.times, whole = told.whole, cancelled = told.cancelled,
    waiting = told.waiting
from unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[])
     as told (order_id, line_id, times, whole, cancelled, waiting)
where b.order_id = told.order_id and b.line_id = told.line_id;

-- name: split_bundles
-- Write whether components of bundles may ship apart, now that orders may ship in so many parcels.
update bundles b
set may_ship_in_parts = told.parcels is null
    or told.parcels > (select count(distinct l.ordered_line_id) from lines l where l.order_id = b.order_id)
from unnest($1::text[], $2::int[]) as told (order_id, parcels) where b.order_id = told.order_id;

-- name: bundles_of_orders
-- The bundles of these orders, and the components of each.
select b.*, l.line_id as component_line_id, l.per_bundle
from lines l
cross join lateral (
    select * from bundles where bundles.order_id = l.order_id and bundles.line_id = l.ordered_line_id limit 1
) b
where l.order_id = any ($1::text[])
order by b.order_id, b.line_id, l.line_id;

-- name: decide_bundles_with
-- Have bundles decided again at nodes where the pages of their components changed.
with touched as (
    select distinct p.sku, changed.node
    from unnest($1::text[], $2::text[]) as changed (sku, node) join products p on p.components ? changed.sku
), seen as (
    insert into positions (sku, node) select sku, node from touched order by sku, node on conflict do nothing
)
insert into timers (kind, subject, detail, due_at, by_fact)
select 'position', sku, node, $3::timestamptz, true from touched order by sku, node
on conflict (kind, subject, detail, due_at) do update set by_fact = true;

-- name: decide_new_bundles
-- Have changed bundles decided wherever a component of theirs is known.
with touched as (
    select distinct b.sku, p.node
    from products b
    cross join lateral jsonb_object_keys(b.components) c (sku)
    join positions p on p.sku = c.sku
    where b.sku = any ($1::text[])
), seen as (
    insert into positions (sku, node) select sku, node from touched order by sku, node on conflict do nothing
)
insert into timers (kind, subject, detail, due_at, by_fact)
select 'position', sku, node, $2::timestamptz, true from touched order by sku, node
on conflict (kind, subject, detail, due_at) do update set by_fact = true;

-- name: pages_of_components
-- The pages of SKUs at nodes.
select sku, node, page
from positions join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
where page is not null;
