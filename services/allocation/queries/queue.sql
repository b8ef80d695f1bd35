-- name: wait_longer
-- Let lines wait for more units, at their place; return what each waits for now, and what it was promised.
with more as (
    select * from unnest($1::text[], $2::text[], $3::bigint[]) as told (order_id, line_id, units)
), waiting as (
    insert into queue (sku, node, queue_at, completed_at, order_id, line_id, units, min_life_days, unit_price, gate_on,
                       ships_together, is_eligible, line_version, earliest, latest)
    select l.sku, l.node, l.queue_at, l.completed_at, l.order_id, l.line_id, more.units, l.min_life_days, l.unit_price,
           o.ship_not_before,
           o.max_shipments is not null
           or (select not b.may_ship_in_parts from bundles b
               where b.order_id = l.order_id and b.line_id = l.ordered_line_id) is true,
           o.holds = '{}' and (o.ship_not_before is null
                               or o.ship_not_before <= ($4::timestamptz at time zone n.zone)::date),
           greatest(l.line_version, (
               select max(r.line_version) from releases r where r.order_id = l.order_id and r.line_id = l.line_id
           )),
           last.earliest, last.latest
    from more
    join lines l using (order_id, line_id)
    join orders o using (order_id)
    join nodes n on n.node = l.node
    left join lateral (
        select p.earliest, p.latest from promises p
        where p.order_id = l.order_id and p.line_id = l.line_id order by p.line_version desc limit 1
    ) last on true
    on conflict (sku, node, queue_at, completed_at, order_id, line_id)
    do update set units = queue.units + excluded.units
    returning *
)
select w.*, more.units as delta, 0 as claim_delta,
       exists (select from promises p where p.order_id = w.order_id and p.line_id = w.line_id) as promised
from waiting w join more using (order_id, line_id);

-- name: leave_queue
-- Delete lines of locked positions that are released whole, by the addresses of their rows.
delete from queue where ctid = any ($1::tid[]);

-- name: leave_in_part
-- Let lines of locked positions wait for the rest, of which stock covers so many units; by the addresses of their rows.
update queue q set units = q.units - released.units, claimed = released.claimed, kept_for = released.kept_for,
                   kept_until = null
from unnest($1::tid[], $2::bigint[], $3::bigint[], $4::text[]) as released (address, units, claimed, kept_for)
where q.ctid = released.address;

-- name: wait_less
-- Let lines wait for fewer units than before, but for some; of these stock covers as many as it can.
update queue q
set units = q.units - less.units, claimed = least(q.claimed, q.units - less.units)
from unnest($1::text[], $2::text[], $3::bigint[]) as less (order_id, line_id, units)
join lines l using (order_id, line_id)
where q.sku = l.sku and q.node = l.node and q.queue_at = l.queue_at and q.completed_at = l.completed_at
  and q.order_id = l.order_id and q.line_id = l.line_id and q.units > less.units
returning new.*, -less.units as delta, new.claimed - old.claimed as claim_delta, true as promised;

-- name: wait_no_more
-- Delete lines that wait for no units any more; what was told of each last is kept with the line.
with gone as (
    delete from queue q
    using unnest($1::text[], $2::text[], $3::bigint[]) as less (order_id, line_id, units)
    join lines l using (order_id, line_id)
    where q.sku = l.sku and q.node = l.node and q.queue_at = l.queue_at and q.completed_at = l.completed_at
      and q.order_id = l.order_id and q.line_id = l.line_id and q.units = less.units
    returning q.sku, q.node, q.queue_at, q.completed_at, q.order_id, q.line_id, 0 as units, -less.units as delta,
              0 as claimed, -q.claimed as claim_delta, q.unit_price, q.gate_on, q.is_eligible, true as promised,
              q.line_version
), kept as (
    update lines l set line_version = gone.line_version
    from gone where l.order_id = gone.order_id and l.line_id = gone.line_id and l.line_version < gone.line_version
)
select * from gone;

-- name: claim
-- Cover lines at locked positions by so many units in stock, and say what these are kept for.
update queue q set claimed = told.claimed, kept_for = told.kept_for, kept_until = told.kept_until
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::bigint[],
            $8::text[], $9::timestamptz[])
     as told (sku, node, queue_at, completed_at, order_id, line_id, claimed, kept_for, kept_until)
where q.sku = told.sku and q.node = told.node and q.queue_at = told.queue_at and q.completed_at = told.completed_at
  and q.order_id = told.order_id and q.line_id = told.line_id
returning new.*, 0 as delta, new.claimed - old.claimed as claim_delta, true as promised;

-- name: claims_at
-- Whether lines that stock covers at locked positions wait for a rest or a truck, their first promised day and longest minimum life,
-- and whether a line stands before the last of them that could be served and is not covered.
select asked.sku, asked.node, covered.waits_for_rest, covered.first_latest, covered.longest_life, (
    select count(*) from (
        select from queue
        where queue.sku = asked.sku and queue.node = asked.node and queue.is_eligible and queue.units > queue.claimed
          and (queue.queue_at, queue.completed_at, queue.order_id, queue.line_id)
              < (last.queue_at, last.completed_at, last.order_id, last.line_id)
        limit 1
    ) earlier
) > 0 as has_older
from unnest($1::text[], $2::text[]) as asked (sku, node)
cross join lateral (
    select bool_or(kept_for in ('rest', 'truck')) as waits_for_rest, min(latest) as first_latest, max(min_life_days) as longest_life
    from queue
    where queue.sku = asked.sku and queue.node = asked.node and queue.claimed > 0
) covered
cross join lateral (
    select * from queue
    where queue.sku = asked.sku and queue.node = asked.node and queue.claimed > 0
    order by queue.queue_at desc, queue.completed_at desc, queue.order_id desc, queue.line_id desc limit 1
) last;

-- name: last_covered
-- Where the last line stands at each locked position that stock covers, if one is covered: but for those that are covered
-- in part while their truck is unloaded.
select asked.sku, asked.node, last.queue_at
from unnest($1::text[], $2::text[]) as asked (sku, node)
cross join lateral (
    select queue_at from queue
    where queue.sku = asked.sku and queue.node = asked.node and queue.claimed > 0 and queue.kept_for <> 'truck'
    order by queue.queue_at desc, queue.completed_at desc, queue.order_id desc, queue.line_id desc limit 1
) last;

-- name: covered_lines
-- The lines of locked positions that stock covers, in order of service.
select q.sku, q.node, q.queue_at, q.completed_at, q.order_id, q.line_id, q.units, q.min_life_days, q.earliest, q.latest,
       q.unit_price, q.gate_on, q.ships_together, q.claimed, q.kept_until, q.line_version, q.ctid
from unnest($1::text[], $2::text[]) as asked (sku, node)
join queue q using (sku, node)
where q.claimed > 0
order by q.sku, q.node, q.queue_at, q.completed_at, q.order_id, q.line_id;

-- name: next_in_line
-- The first eligible lines of locked positions that stock does not cover, in order of service, as many as asked of each.
select q.sku, q.node, q.queue_at, q.completed_at, q.order_id, q.line_id, q.units, q.min_life_days, q.earliest, q.latest,
       q.unit_price, q.gate_on, q.ships_together, q.claimed, q.kept_until, q.line_version, q.ctid
from unnest($1::text[], $2::text[], $3::bigint[]) as asked (sku, node, most)
cross join lateral (
    select queue.ctid, queue.* from queue
    where queue.sku = asked.sku and queue.node = asked.node and queue.is_eligible and queue.units > queue.claimed
    order by queue.queue_at, queue.completed_at, queue.order_id, queue.line_id limit asked.most
) q
order by q.sku, q.node, q.queue_at, q.completed_at, q.order_id, q.line_id;

-- name: lines_at
-- Waiting lines by name.
select q.sku, q.node, q.queue_at, q.completed_at, q.order_id, q.line_id, q.units, q.min_life_days, q.earliest, q.latest,
       q.unit_price, q.gate_on, q.ships_together, q.claimed, q.kept_until, q.line_version, q.ctid, l.told_earliest, l.told_latest, l.shown_ship_by
from unnest($1::text[], $2::text[]) as asked (order_id, line_id)
join lines l using (order_id, line_id)
join queue q on q.sku = l.sku and q.node = l.node and q.queue_at = l.queue_at and q.completed_at = l.completed_at
            and q.order_id = l.order_id and q.line_id = l.line_id;

-- name: lines_together
-- The waiting lines of orders that ship with others or did, their own ranges, and what each ships with: of these `parting`
-- orders one more parcel goes now.
select q.sku, q.node, q.queue_at, q.completed_at, q.order_id, q.line_id, q.units, q.min_life_days, q.earliest, q.latest,
       q.unit_price, q.gate_on, q.ships_together, q.claimed, q.kept_until, q.line_version, q.ctid, l.told_earliest, l.told_latest, l.shown_ship_by,
       q.own_earliest, q.own_latest, q.kept_for,
       o.max_shipments - o.shipments - (o.order_id = any ($2::text[]))::int <= 1 is true as is_last_parcel,
       (select b.line_id from bundles b
        where b.order_id = l.order_id and b.line_id = l.ordered_line_id and not b.may_ship_in_parts) as bundle_line_id
from orders o
join lines l using (order_id)
join queue q on q.sku = l.sku and q.node = l.node and q.queue_at = l.queue_at and q.completed_at = l.completed_at
            and q.order_id = l.order_id and q.line_id = l.line_id
where o.order_id = any ($1::text[]) and (q.ships_together or q.own_latest is not null)
order by q.order_id, q.line_id;

-- name: lines_in
-- The first lines of segments of queues that stock does not cover, and how many of these stand before each in its segment.
select q.sku, q.node, q.queue_at, q.completed_at, q.order_id, q.line_id, q.units, q.min_life_days, q.earliest, q.latest,
       q.unit_price, q.gate_on, q.ships_together, q.claimed, q.kept_until, q.line_version, q.ctid,
       l.told_earliest, l.told_latest, l.shown_ship_by, q.segment, q.lines_before
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::timestamptz[],
            $8::timestamptz[], $9::text[], $10::text[], $11::bigint[], $12::bigint[])
     as asked (sku, node, queue_at, completed_at, order_id, line_id, end_queue_at, end_completed_at, end_order_id,
               end_line_id, segment, most)
cross join lateral (
    select queue.ctid, queue.*, asked.segment, row_number() over (
        order by queue.queue_at, queue.completed_at, queue.order_id, queue.line_id
    ) - 1 as lines_before
    from queue
    where queue.sku = asked.sku and queue.node = asked.node and queue.units > queue.claimed
      and (queue.queue_at, queue.completed_at, queue.order_id, queue.line_id)
          >= (asked.queue_at, asked.completed_at, asked.order_id, asked.line_id)
      and (queue.queue_at, queue.completed_at, queue.order_id, queue.line_id)
          < (coalesce(asked.end_queue_at, 'infinity'), coalesce(asked.end_completed_at, 'infinity'),
             coalesce(asked.end_order_id, ''), coalesce(asked.end_line_id, ''))
    order by queue.queue_at, queue.completed_at, queue.order_id, queue.line_id
    limit asked.most
) q
cross join lateral (
    select told_earliest, told_latest, shown_ship_by from lines where order_id = q.order_id and line_id = q.line_id limit 1
) l
order by q.sku, q.node, q.queue_at, q.completed_at, q.order_id, q.line_id;

-- name: longer_lives
-- Lines that stock does not cover and that ask for more days of life than these, as many as asked of each position, in order
-- of service; and what each was promised from last.
select q.sku, q.node, q.queue_at, q.completed_at, q.order_id, q.line_id, q.units, q.min_life_days, q.earliest, q.latest,
       q.unit_price, q.gate_on, q.ships_together, q.claimed, q.kept_until, q.line_version, q.ctid, last.supply_id
from unnest($1::text[], $2::text[], $3::int[]) as asked (sku, node, min_life_days)
cross join lateral (
    select queue.ctid, queue.* from queue
    where queue.sku = asked.sku and queue.node = asked.node and queue.min_life_days > 0
      and queue.min_life_days > asked.min_life_days
      and queue.units > queue.claimed
    order by queue.min_life_days limit $4
) q
left join lateral (
    select p.supply_id from promises p
    where p.order_id = q.order_id and p.line_id = q.line_id order by p.line_version desc limit 1
) last on true
order by q.sku, q.node, q.queue_at, q.completed_at, q.order_id, q.line_id;

-- name: waits_between
-- How many lines and units that stock does not cover wait between two places.
select asked.order_id, asked.line_id, found.lines, found.units
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::timestamptz[],
            $8::timestamptz[], $9::text[], $10::text[])
     as asked (sku, node, from_queue_at, from_completed_at, from_order_id, from_line_id, queue_at, completed_at,
               order_id, line_id)
cross join lateral (
    select count(*) as lines, coalesce(sum(queue.units - queue.claimed), 0)::bigint as units from queue
    where queue.sku = asked.sku and queue.node = asked.node and queue.units > queue.claimed
      and (queue.queue_at, queue.completed_at, queue.order_id, queue.line_id)
          >= (asked.from_queue_at, asked.from_completed_at, asked.from_order_id, asked.from_line_id)
      and (queue.queue_at, queue.completed_at, queue.order_id, queue.line_id)
          < (asked.queue_at, asked.completed_at, asked.order_id, asked.line_id)
) found;

-- name: promise_queue
-- Write what waiting lines are promised from now on, and of what ships with others the range of its own supplies.
update queue q
set earliest = now_is.earliest, latest = now_is.latest, own_earliest = now_is.own_earliest, own_latest = now_is.own_latest,
    line_version = greatest(q.line_version, now_is.line_version)
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::date[],
            $8::date[], $9::date[], $10::date[], $11::bigint[])
     as now_is (sku, node, queue_at, completed_at, order_id, line_id, earliest, latest, own_earliest, own_latest,
                line_version)
where q.sku = now_is.sku and q.node = now_is.node and q.queue_at = now_is.queue_at
  and q.completed_at = now_is.completed_at and q.order_id = now_is.order_id and q.line_id = now_is.line_id;

-- name: promise_by_address
-- The same of lines that ship alone, by the addresses of their rows, while their positions are locked.
update queue q set earliest = now_is.earliest, latest = now_is.latest, line_version = now_is.line_version
from unnest($1::tid[], $2::date[], $3::date[], $4::bigint[]) as now_is (address, earliest, latest, line_version)
where q.ctid = now_is.address;
