-- name: line_states
-- The lines of orders as they stand, and what waits of each.
select l.order_id, l.line_id, l.sku, l.node, l.units, l.min_life_days, l.unit_price, l.queue_at, l.completed_at,
       l.shipped, l.cancelled, coalesce(q.units, 0) as waiting,
       greatest(l.line_version, q.line_version, (
           select max(r.line_version) from releases r where r.order_id = l.order_id and r.line_id = l.line_id
       )) as line_version,
       coalesce(asked.stopping, 0)::bigint as stopping, coalesce(asked.holding, 0)::bigint as holding
from lines l
left join lateral (
    select units, line_version from queue
    where sku = l.sku and node = l.node and queue_at = l.queue_at and completed_at = l.completed_at
      and order_id = l.order_id and line_id = l.line_id
    limit 1
) q on true
cross join lateral (
    select sum(s.units) filter (where s.purpose = 'cancel') as stopping,
           sum(s.units) filter (where s.purpose = 'hold') as holding
    from stops s where s.order_id = l.order_id and s.line_id = l.line_id and s.units > 0
) asked
where l.order_id = any ($1::text[])
order by l.order_id, l.line_id;

-- name: owned_of_orders
-- All that lines of these orders own.
select r.*, l.expires_on
from releases r join lots l using (sku, node, lot)
where r.order_id = any ($1::text[]) and r.on_floor > 0
order by r.order_id, r.line_id, r.lot;

-- name: lock_order_rows
-- Locks orders in one sorted order, after the positions of their lines.
select order_id from orders where order_id = any ($1::text[]) order by order_id for no key update;

-- name: orders_by_id
-- Whose these orders are, since when, and until when their payment is authorised.
select order_id, merchant, completed_at, priority, authorized_until from orders where order_id = any ($1::text[]);

-- name: positions_of_orders
-- Where the lines of these orders are served.
select distinct sku, node from lines where order_id = any ($1::text[]);

-- name: nodes_of_orders
-- The node that ships these orders.
select distinct order_id, node from lines where order_id = any ($1::text[]);

-- name: changes_heard
-- The last change of these orders that was heard of each source.
select h.order_id, h.source, h.change_no
from order_sources h join unnest($1::text[], $2::text[]) as asked (order_id, source) using (order_id, source);

-- name: hear_changes
-- How far the changes of orders were heard, unless another process heard them meanwhile.
insert into order_sources (order_id, source, change_no)
select * from unnest($1::text[], $2::text[], $3::bigint[]) as told (order_id, source, change_no)
order by told.order_id, told.source
on conflict (order_id, source) do update set change_no = excluded.change_no
where order_sources.change_no < excluded.change_no
returning order_id;

-- name: hold_orders
-- Add holds to orders.
update orders o set holds = array(select distinct unnest(o.holds || told.kinds))
from (
    select order_id, array_agg(kind) as kinds from unnest($1::text[], $2::text[]) as told (order_id, kind) group by order_id
) told
where o.order_id = told.order_id;

-- name: unhold_orders
-- Take holds off orders.
update orders o set holds = array(select kind from unnest(o.holds) as kind where kind <> all (told.kinds))
from (
    select order_id, array_agg(kind) as kinds from unnest($1::text[], $2::text[]) as told (order_id, kind) group by order_id
) told
where o.order_id = told.order_id;

-- name: split_orders
-- Write in how many parcels orders may ship.
update orders o set max_shipments = told.parcels
from unnest($1::text[], $2::int[]) as told (order_id, parcels) where o.order_id = told.order_id;

-- name: judge_eligible
-- The waiting lines of orders as their holds, gates and parcels now say; those that stock covers no more since they may not
-- get any.
with judged as (
    update queue q
    set ships_together = now_is.ships_together, is_eligible = now_is.is_eligible,
        own_earliest = case when q.ships_together then q.own_earliest else q.earliest end,
        own_latest = case when q.ships_together then q.own_latest else q.latest end,
        claimed = case when now_is.is_eligible then q.claimed else 0 end,
        kept_for = case when now_is.is_eligible then q.kept_for end,
        kept_until = case when now_is.is_eligible then q.kept_until end
    from (
        select l.sku, l.node, l.queue_at, l.completed_at, l.order_id, l.line_id,
               o.max_shipments is not null
               or (select not b.may_ship_in_parts from bundles b
                   where b.order_id = l.order_id and b.line_id = l.ordered_line_id) is true as ships_together,
               o.holds = '{}' and (o.ship_not_before is null
                                   or o.ship_not_before <= ($2::timestamptz at time zone n.zone)::date) as is_eligible
        from lines l
        join orders o using (order_id)
        join nodes n on n.node = l.node
        where o.order_id = any ($1::text[])
    ) now_is
    where q.sku = now_is.sku and q.node = now_is.node and q.queue_at = now_is.queue_at
      and q.completed_at = now_is.completed_at and q.order_id = now_is.order_id and q.line_id = now_is.line_id
    returning new.*, new.claimed - old.claimed as claim_delta
)
select judged.*, 0 as delta, true as promised from judged where claim_delta <> 0;

-- name: cancel_units
-- Units that lines do not want any more.
update lines l set cancelled = l.cancelled + told.units
from unnest($1::text[], $2::text[], $3::bigint[]) as told (order_id, line_id, units)
where l.order_id = told.order_id and l.line_id = told.line_id;

-- name: move_lines
-- Give lines another place in the order of service.
update lines l set queue_at = told.queue_at
from unnest($1::text[], $2::text[], $3::timestamptz[]) as told (order_id, line_id, queue_at)
where l.order_id = told.order_id and l.line_id = told.line_id;

-- name: move_owned
-- Give what lines own the place of its line.
update releases r set queue_at = told.queue_at
from unnest($1::text[], $2::text[], $3::timestamptz[]) as told (order_id, line_id, queue_at)
where r.order_id = told.order_id and r.line_id = told.line_id and r.on_floor > 0;

-- name: keep_moves
-- Who moved a line, and why.
insert into moves (order_id, line_id, change_no, source, queue_at_before, queue_at, moved_by, reason, moved_at)
select told.*, $9::timestamptz
from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[],
            $8::text[]) as told;

-- name: ask_to_stop
-- Store released units that the floor is asked to stop.
insert into stops (stop_id, order_id, line_id, change_no, purpose, units, reason, cause, asked_at)
select told.*, $9::timestamptz
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::text[], $8::text[]) as told;

-- name: open_stops
-- What the floor was asked to stop of these orders and has not answered, the oldest first.
select * from stops where order_id = any ($1::text[]) and units > 0 order by asked_at, stop_id;

-- name: known_stops
-- What was asked under these names, answered or not.
select * from stops where stop_id = any ($1::text[]);

-- name: hear_answers
-- Store answers of the floor that were not heard before; return these.
insert into stop_answers (stop_id, answered_at)
select distinct * from unnest($1::text[], $2::timestamptz[])
on conflict do nothing
returning stop_id, answered_at;

-- name: settle_stops
-- Units that need not be stopped any more.
update stops s set units = s.units - told.units
from unnest($1::text[], $2::bigint[]) as told (stop_id, units) where s.stop_id = told.stop_id;
