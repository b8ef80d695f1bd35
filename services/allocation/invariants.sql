-- name: allocated_within_on_hand
-- I2: the units that lines own of a lot are those that the lot says are owned, and no more than it has.
select sku, node, lot, l.allocated, l.on_hand, coalesce(o.units, 0) as owned
from lots l
left join (select sku, node, lot, sum(on_floor) as units from releases group by sku, node, lot) o using (sku, node, lot)
where l.allocated <> coalesce(o.units, 0) or l.allocated > l.on_hand or l.allocated < 0;

-- name: positions_equal_lots
-- I2: a position's units are the sums of its lots.
select p.sku, p.node, p.on_hand, p.allocated, l.on_hand as in_lots, l.allocated as allocated_in_lots
from positions p
left join (select sku, node, sum(on_hand) as on_hand, sum(allocated) as allocated from lots group by sku, node) l
     using (sku, node)
where p.on_hand <> coalesce(l.on_hand, 0) or p.allocated <> coalesce(l.allocated, 0);

-- name: claims_are_free_units
-- What stock covers of waiting lines is what their position says is kept, and no more than nobody owns.
select p.sku, p.node, p.on_hand, p.allocated, p.claimed, coalesce(q.claimed, 0) as covered
from positions p
left join (select sku, node, sum(claimed) as claimed from queue where claimed > 0 group by sku, node) q using (sku, node)
where p.claimed <> coalesce(q.claimed, 0) or p.claimed > p.on_hand - p.allocated;

-- name: claims_are_of_the_oldest
-- No line that may get units alone stands uncovered before one that stock covers, unless only shorter lives are left for it.
select w.sku, w.node, w.order_id, w.line_id, c.order_id as covered_order, c.line_id as covered_line
from queue w
join products using (sku)
join nodes n using (node)
join lateral (
    select * from queue c
    where c.sku = w.sku and c.node = w.node and c.claimed > 0 and c.min_life_days >= w.min_life_days
      and (c.queue_at, c.completed_at, c.order_id, c.line_id) > (w.queue_at, w.completed_at, w.order_id, w.line_id)
    limit 1
) c on true
where w.is_eligible and not w.ships_together and w.units > w.claimed;

-- name: owned_is_what_is_left_of_what_was_given
-- I2: what a line was given of a lot, less what was shipped, revoked and moved, is what it owns.
select order_id, line_id, lot, coalesce(a.units, 0) as left_of_given, coalesce(o.units, 0) as owned
from (
    select order_id, line_id, lot, sum(units) as units from (
        select order_id, line_id, lot, units from releases
        union all select order_id, line_id, lot, -units from departures
    ) changed
    group by order_id, line_id, lot
) a
full join (
    select order_id, line_id, lot, sum(on_floor) as units from releases where on_floor > 0 group by order_id, line_id, lot
) o using (order_id, line_id, lot)
where coalesce(a.units, 0) <> coalesce(o.units, 0);

-- name: lines_got_what_left_for_them
-- I3: what a line got is what was shipped to it, and with what it owns and what was cancelled never more than it ordered.
select l.order_id, l.line_id, l.units, l.shipped, l.cancelled, coalesce(a.owned, 0) as owned
from lines l
left join (
    select order_id, line_id, sum(units) as owned, sum(shipped) as shipped
    from (
        select order_id, line_id, units, 0 as shipped from releases
        union all select order_id, line_id, -units, case way when 'shipped' then units else 0 end from departures
    ) changed
    group by order_id, line_id
) a using (order_id, line_id)
where l.shipped <> coalesce(a.shipped, 0) or coalesce(a.owned, 0) + l.shipped + l.cancelled > l.units;

-- name: lines_wait_for_the_rest
-- A line waits in the queue for exactly the units that it neither owns, got nor cancelled.
select order_id, line_id, l.units, coalesce(q.units, 0) as waiting
from lines l
left join queue q using (order_id, line_id)
left join (select order_id, line_id, sum(on_floor) as units from releases group by order_id, line_id) o
     using (order_id, line_id)
where l.units - coalesce(o.units, 0) - l.shipped - l.cancelled <> coalesce(q.units, 0);

-- name: places_are_kept
-- A line that comes back to the queue, or owns units, has the place that it always had.
select l.order_id, l.line_id, l.queue_at, here.queue_at as is_at
from lines l
join (
    select order_id, line_id, queue_at, completed_at, min_life_days from queue
    union all select order_id, line_id, queue_at, completed_at, min_life_days from releases where on_floor > 0
) here using (order_id, line_id)
where (l.queue_at, l.completed_at, l.min_life_days) <> (here.queue_at, here.completed_at, here.min_life_days);

-- name: queue_is_counted
-- A position counts the lines and units that wait for it and that stock does not cover, and what they are worth.
select p.sku, p.node, p.waiting_lines, p.waiting_units, p.waiting_value, q.lines, q.units, q.value
from positions p
left join (
    select sku, node, count(*) as lines, sum(units - claimed) as units, sum((units - claimed) * unit_price) as value
    from queue where units > claimed group by sku, node
) q using (sku, node)
where p.waiting_lines <> coalesce(q.lines, 0) or p.waiting_units <> coalesce(q.units, 0)
   or p.waiting_value <> coalesce(q.value, 0);

-- name: promise_is_the_last_made
-- A waiting line holds the range that was promised last.
select q.order_id, q.line_id, q.earliest, q.latest, p.earliest as promised_earliest, p.latest as promised_latest
from queue q
left join lateral (
    select earliest, latest, units from promises p
    where p.order_id = q.order_id and p.line_id = q.line_id order by line_version desc limit 1
) p on true
where (q.earliest, q.latest) is distinct from (p.earliest, p.latest) or q.units > p.units;

-- name: what_ships_together_is_promised_together
-- What ships together holds the latest range of its lines that stock does not cover, and none where one of these has none;
-- but for orders that are looked at at once.
with waiting as (
    select q.*, case when o.max_shipments - o.shipments <= 1 then '' else coalesce(b.line_id, l.line_id) end as ships_with
    from queue q
    join lines l using (order_id, line_id)
    join orders o using (order_id)
    left join bundles b on b.order_id = l.order_id and b.line_id = l.ordered_line_id and not b.may_ship_in_parts
    where q.ships_together
), together as (
    select order_id, ships_with,
           case when bool_and(own_latest is not null) then max(own_earliest) end as earliest,
           case when bool_and(own_latest is not null) then max(own_latest) end as latest
    from waiting where units > claimed group by 1, 2
)
select w.order_id, w.line_id, w.earliest, w.latest, t.earliest as of_all, t.latest as latest_of_all
from waiting w join together t using (order_id, ships_with)
where (w.earliest, w.latest) is distinct from (t.earliest, t.latest)
  and w.order_id not in (select subject collate "C" from timers where kind = 'order' and due_at <= clock());

-- name: units_are_of_their_line
-- Units are given and owned at the position that the line wants them from.
select a.order_id, a.line_id, a.sku, a.node, l.sku as wanted, l.node as wanted_at
from (
    select order_id, line_id, sku, node from releases union all select order_id, line_id, sku, node from departures
) a
left join lines l using (order_id, line_id)
where (a.sku, a.node) is distinct from (l.sku, l.node);

-- name: lines_are_of_their_order
-- A line is of an order that was placed, and wants units at a position that is known.
select order_id, line_id, sku, node from lines
where not exists (select from orders where orders.order_id = lines.order_id)
   or not exists (select from positions where positions.sku = lines.sku and positions.node = lines.node);

-- name: queue_is_of_its_line
-- A line waits at the position that it wants units from.
select q.order_id, q.line_id, q.sku, q.node, l.sku as wanted, l.node as wanted_at
from queue q left join lines l using (order_id, line_id)
where (q.sku, q.node) is distinct from (l.sku, l.node);

-- name: versions_are_not_ahead_of_their_line
-- No promise was told at a version that its line has not reached.
select p.order_id, p.line_id, p.line_version, reached.line_version as reached
from promises p
left join (
    select order_id, line_id, max(line_version) as line_version
    from (
        select order_id, line_id, line_version from lines union all select order_id, line_id, line_version from queue
        union all select order_id, line_id, line_version from releases
        union all select order_id, line_id, line_version from bundles
    ) every
    group by order_id, line_id
) reached using (order_id, line_id)
where p.line_version > coalesce(reached.line_version, 0);

-- name: versions_are_not_ahead_of_their_position
-- Nothing was given or promised at a version that its position has not reached.
select sku, node, p.version, max(done.version) as given_or_promised
from positions p
join (select sku, node, version from releases union all select sku, node, version from departures union all select sku, node, version from promises) done using (sku, node)
group by sku, node, p.version
having max(done.version) > p.version;

-- name: pages_ship_no_sooner_than_those_who_wait
-- Who orders now is shown no earlier last day than those hold who wait for what is on its way: orders that are held, that
-- wait for a day of their own, ship with others or ask for a longer life apart, and nodes with a limit of orders a day,
-- where who leaves the queue makes room.
select p.sku, p.node, q.order_id, q.line_id, q.latest, page.ships_by
from positions p
cross join lateral (
    select (p.page::jsonb -> 'breaks' -> 0 -> 'ships' ->> 'latest')::date as ships_by, p.page::jsonb ->> 'state' as state
) page
join queue q on q.sku = p.sku and q.node = p.node
join products on products.sku = p.sku and products.min_life_days >= q.min_life_days
join nodes n on n.node = p.node and n.orders_per_day is null
where page.state = 'backorder' and not p.renews and q.is_eligible and not q.ships_together and q.units > q.claimed
  and (q.gate_on is null or q.gate_on < q.latest) and q.latest > page.ships_by;

-- name: boundaries_count_what_waits_before_them
-- What a boundary says of the units and lines that wait before it is so.
select b.sku, b.node, b.ranking, b.supply_id, b.units_before, b.lines_before, q.units, q.lines
from boundaries b
cross join lateral (
    select coalesce(sum(q.units - q.claimed), 0) as units, count(*) as lines from queue q
    where q.sku = b.sku and q.node = b.node and q.units > q.claimed
      and (q.queue_at, q.completed_at, q.order_id, q.line_id) < (b.queue_at, b.completed_at, b.order_id, b.line_id)
) q
where b.queue_at is not null and (b.units_before, b.lines_before) <> (q.units, q.lines);

-- name: boundaries_are_where_supplies_end
-- A full match ends each supply where its boundary stands: at the first line that it, and all before it, do not complete.
select b.*
from (
    select boundaries.*, sum(units) over (partition by sku, node, ranking order by ready_on, kind = 'reorder', kind, supply_id) as total
    from boundaries
) b
join positions p using (sku, node)
left join queue q on q.sku = b.sku and q.node = b.node and q.queue_at = b.queue_at
                 and q.completed_at = b.completed_at and q.order_id = b.order_id and q.line_id = b.line_id
where case when b.queue_at is null then b.total < p.waiting_units
           else q.units is null or b.total < b.units_before or b.total >= b.units_before + q.units - q.claimed end;

-- name: boundaries_are_of_what_comes
-- Where lines wait, each supply that brings anything has a boundary in both rankings, and nothing else has one; reorders
-- are ranked after all others. A position of which a fact is decided in parts is looked at after the last: until then
-- units that landed count with the supply that brought them.
select coalesce(s.sku, b.sku) as sku, coalesce(s.node, b.node) as node, coalesce(s.supply_id, b.supply_id) as supply_id,
       s.units as open_units, b.units, b.rankings
from (
    select sku, node, kind, supply_id, greatest(0, expected - stocked - short_lived) as units, earliest, latest
    from supplies where is_listed
) s
join positions p on p.sku = s.sku and p.node = s.node and p.waiting_lines > 0
full join (
    select sku, node, kind, supply_id, min(units) as units, count(*) as rankings,
           min(ready_on) filter (where ranking = 'earliest') as earliest,
           min(ready_on) filter (where ranking = 'latest') as latest
    from boundaries group by sku, node, kind, supply_id
) b on b.sku = s.sku and b.node = s.node and b.kind = s.kind and b.supply_id = s.supply_id
where (coalesce(s.units, 0) > 0 or b.units is not null)
  and (coalesce(s.sku, b.sku), coalesce(s.node, b.node)) not in (select subject, detail from timers where by_fact)
  and (b.units is null or s.units is null or b.rankings <> 2 or s.units <> b.units
       or s.kind <> 'reorder' and (s.earliest, s.latest) <> (b.earliest, b.latest)
       or s.earliest > b.earliest or s.latest > b.latest);

-- name: renewals_are_due
-- Where lines are still to be promised anew, their position is due; it says so where a supply of it changed.
select p.sku, p.node, p.renews, r.of_supplies
from positions p
full join (select sku, node, bool_or(not by_terms) as of_supplies from renewals group by sku, node) r using (sku, node)
where r.of_supplies and not p.renews or p.renews and r.sku is null
   or r.sku is not null and (sku, node) not in (select subject, detail from timers where by_fact);

-- name: reorders_are_for_those_whom_nothing_serves
-- What is not ordered yet is promised only where all else is less than what waits.
select p.sku, p.node, p.waiting_units, others.units
from positions p
join supplies r on r.sku = p.sku and r.node = p.node and r.kind = 'reorder'
cross join lateral (
    select coalesce(sum(units), 0) as units from boundaries b
    where b.sku = p.sku and b.node = p.node and b.ranking = 'latest' and b.kind <> 'reorder'
) others
where others.units >= p.waiting_units;

-- name: no_promise_is_past
-- Nobody waits with a range that ended before today, but for the hour in which it is moved.
select q.sku, q.node, q.order_id, q.line_id, q.latest
from queue q join nodes n using (node)
where q.latest < ((clock() - interval '1 hour') at time zone n.zone)::date;

-- name: rollups_are_of_their_pages
-- A SKU over the nodes that ship its merchant's orders shows all the units that the pages of these positions show, as many as
-- one of them lets be ordered, and the state of the best: what an order gets that names no node. SKUs of which something was
-- told that is not decided yet are looked at after that.
select sku, r.page, p.units, p.most, p.state
from rollups r
full join (
    select p.sku, coalesce(sum((p.page::jsonb -> 'available_to_sell')::bigint) filter (where ships.here), 0) as units,
           coalesce(max((p.page::jsonb -> 'max_orderable')::bigint) filter (where ships.here), 0) as most,
           coalesce((array['in_stock', 'backorder', 'preorder'])[
               min(array_position(array['in_stock', 'backorder', 'preorder'], p.page::jsonb ->> 'state'))
               filter (where ships.here)], 'out_of_stock') as state
    from positions p
    join products using (sku)
    left join merchants m using (merchant)
    cross join lateral (
        select m.hub is null or p.node = m.hub
               or m.routing <> 'hub' and (m.nodes = '[]' or m.nodes ? p.node) as here
    ) ships
    where p.page is not null group by p.sku
) p using (sku)
where ((r.page::jsonb -> 'available_to_sell')::bigint, (r.page::jsonb -> 'max_orderable')::bigint,
       r.page::jsonb ->> 'state') is distinct from (p.units, p.most, p.state)
  and sku not in (select subject from timers where kind = 'position' and by_fact);

-- name: lines_under_the_rule_are_watched
-- Each ordered line that was shown a day to ship by stands somehow in law, and is looked at again until nothing is due; one
-- that ended is not.
select order_id, line_id, l.shown_ship_by, s.applicable_by, s.open_units, s.ended_at, t.due_at
from (
    select distinct order_id, ordered_line_id as line_id, shown_ship_by from lines where shown_ship_by is not null
) l
full join rule_states s using (order_id, line_id)
full join (
    select subject collate "C" as order_id, detail collate "C" as line_id, min(due_at) as due_at from timers
    where kind = 'deadline' group by subject, detail
) t using (order_id, line_id)
where l.shown_ship_by is null or s.order_id is null or s.ended_at is not null and t.due_at is not null
   or (s.ended_at is null and t.due_at is null and s.applicable_by is not null and s.open_units > 0);

-- name: cancelled_in_law_is_cancelled
-- A line that the rule takes as cancelled waits for nothing, and what it owns the floor was asked to stop; no component
-- of a bundle does.
select s.order_id, l.line_id, s.end_cause, l.units, l.shipped, l.cancelled, coalesce(stopping.units, 0) as stopping
from rule_states s
join lines l on l.order_id = s.order_id and l.ordered_line_id = s.line_id
left join (
    select order_id, line_id, sum(units) as units from stops where purpose = 'cancel' group by order_id, line_id
) stopping
     on stopping.order_id = l.order_id and stopping.line_id = l.line_id
where s.ended_at is not null and l.units > l.shipped + l.cancelled + coalesce(stopping.units, 0);

-- name: stops_are_of_units_on_the_floor
-- The floor is asked to stop no more of a line, for each purpose, than it has of it.
select order_id, line_id, s.purpose, s.units, coalesce(r.units, 0) as on_floor
from (
    select order_id, line_id, purpose, sum(units) as units from stops where units > 0 group by order_id, line_id, purpose
) s
left join (select order_id, line_id, sum(on_floor) as units from releases group by order_id, line_id) r
     using (order_id, line_id)
where s.units > coalesce(r.units, 0);

-- name: refunds_are_of_units_that_did_not_leave
-- I13: what is paid back because the customer cancelled it is cancelled; a right to the money vests whatever leaves.
select s.order_id, s.line_id, s.ended_units, c.cancelled
from rule_states s
cross join lateral (
    select coalesce((select b.cancelled from bundles b where b.order_id = s.order_id and b.line_id = s.line_id),
                    (select l.cancelled from lines l where l.order_id = s.order_id and l.line_id = s.line_id)) as cancelled
) c
where s.end_cause = 'cancelled' and s.ended_units > c.cancelled;

-- name: options_were_asked
-- A customer was given the option to cancel by a notice of a promise that asks for an answer, and of its very date.
select f.order_id, f.line_id, f.name, f.revised_by
from rule_facts f
where f.kind = 'told' and not exists (
    select from promises p
    where p.order_id = f.order_id and p.line_id = f.line_id and p.consent <> 'not_needed'
      and p.latest is not distinct from f.revised_by
);

-- name: bundles_are_what_their_components_came_to
-- A bundle is whole and cancelled as all its components are, and waits as the one that most wait for; where nothing is
-- left to ship, all that did not ship whole is cancelled.
select b.order_id, b.line_id, b.whole, b.cancelled, b.waiting, c.*
from bundles b
left join lateral (
    select min((l.shipped + coalesce(o.units, 0)) / l.per_bundle) as whole_parts,
           case when sum(coalesce(o.units, 0) + coalesce(q.units, 0)) > 0 then min(l.cancelled / l.per_bundle)
                else b.units - min(l.shipped / l.per_bundle) end as cancelled_parts,
           max((coalesce(q.units, 0) + l.per_bundle - 1) / l.per_bundle) as waiting_parts
    from lines l
    left join queue q using (order_id, line_id)
    left join (select order_id, line_id, sum(on_floor)::bigint as units from releases group by 1, 2) o
         using (order_id, line_id)
    where l.order_id = b.order_id and l.ordered_line_id = b.line_id
) c on true
where (b.whole, b.cancelled, b.waiting) is distinct from (c.whole_parts, c.cancelled_parts, c.waiting_parts);

-- name: bundles_are_promised_at_their_latest_component
-- A bundle that waits holds the latest range of its components that wait, and none where one of these has none.
select b.order_id, b.line_id, p.earliest, p.latest, q.earliest as of_parts, q.latest as latest_of_parts
from bundles b
left join lateral (
    select * from promises p
    where p.order_id = b.order_id and p.line_id = b.line_id order by line_version desc limit 1
) p on true
left join lateral (
    select case when bool_and(queue.latest is not null) then max(queue.earliest) end as earliest,
           case when bool_and(queue.latest is not null) then max(queue.latest) end as latest
    from lines l join queue using (order_id, line_id)
    where l.order_id = b.order_id and l.ordered_line_id = b.line_id
) q on true
where b.waiting > 0 and (p.units is null or p.units < b.waiting or (p.earliest, p.latest) is distinct from (q.earliest, q.latest));

-- name: whole_bundles_do_not_wait
-- No bundle waits of which each part that it lacks is in stock, kept for it or for nobody; of lots that never expire, and
-- but for what is looked at at once, or waits for the load of a day.
select b.order_id, b.line_id, b.whole, b.waiting
from bundles b join orders o using (order_id)
where b.waiting > 0 and not b.may_ship_in_parts and (o.max_shipments is null or o.max_shipments - o.shipments > 1)
  and b.order_id not in (select subject collate "C" from timers where kind = 'order' and due_at <= clock())
  and not exists (
      select from lines l
      join positions p using (sku, node)
      join products using (sku)
      join nodes n using (node)
      left join queue q using (order_id, line_id)
      cross join lateral (
          select (b.whole + 1) * l.per_bundle - l.shipped - coalesce(sum(on_floor), 0) as units from releases r
          where r.order_id = l.order_id and r.line_id = l.line_id
      ) lacking
      cross join lateral (
          select coalesce(sum(on_hand - allocated), 0) as units from lots
          where lots.sku = l.sku and lots.node = l.node and lots.expires_on is null
      ) never_expire
      where l.order_id = b.order_id and l.ordered_line_id = b.line_id and lacking.units > 0
        and (q.is_eligible is not true or q.kept_for = 'load'
             or products.launch_on > (clock() at time zone n.zone)::date
             or (l.sku, l.node) in (select subject, detail from timers where kind = 'position' and due_at <= clock())
             or lacking.units > q.claimed + greatest(0, never_expire.units - p.claimed))
  );

-- name: components_are_of_their_bundle
-- All components of a bundle are ordered for as many bundles as the bundle is, and no line is of a bundle that is not there.
select l.order_id, l.line_id, l.units, l.per_bundle, b.units as bundles
from lines l left join bundles b on b.order_id = l.order_id and b.line_id = l.ordered_line_id
where l.ordered_line_id <> l.line_id and l.units is distinct from l.per_bundle * b.units
   or l.ordered_line_id = l.line_id and b.line_id is not null;

-- name: components_are_of_their_merchant
-- I14: whatever a bundle is made of is known, and of the bundle's merchant.
select b.sku, b.merchant, c.sku as component, p.merchant as of
from products b cross join lateral jsonb_object_keys(b.components) c (sku) left join products p on p.sku = c.sku
where p.merchant is distinct from b.merchant;

-- name: lines_are_of_their_merchant
-- I14: an order wants goods of its own merchant alone.
select l.order_id, l.line_id, o.merchant, l.sku, p.merchant as of
from lines l join orders o using (order_id) left join products p using (sku)
where p.merchant is distinct from o.merchant;

-- name: no_bundle_in_a_bundle
-- No component of a bundle is itself a bundle.
select b.sku, c.sku as component
from products b
cross join lateral jsonb_object_keys(b.components) c (sku)
join products p on p.sku = c.sku and p.components <> '{}';
