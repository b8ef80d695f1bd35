-- name: show_lines
-- Lines under the rule, and the day by which each was shown to ship; the components of bundles with their bundle.
update lines l set shown_ship_by = shown.shown_ship_by
from unnest($1::text[], $2::text[], $3::date[]) as shown (order_id, line_id, shown_ship_by)
where l.order_id = shown.order_id and l.ordered_line_id = shown.line_id;

-- name: watch_lines
-- Put lines under the rule, each as it was ordered.
insert into rule_states (order_id, line_id, applicable_by, shown_in_stock, open_units)
select * from unnest($1::text[], $2::text[], $3::date[], $4::boolean[], $5::bigint[]);

-- name: markets
-- The market in which these orders were sold.
select order_id, market from orders where order_id = any ($1::text[]);

-- name: watched
-- Those of these lines that are under the rule and not ended, as they were ordered; the lines that they are served as, and
-- where.
select s.order_id, s.line_id, l.line_id as served_as, l.sku, l.node
from (
    select distinct named.order_id, coalesce(l.ordered_line_id, named.line_id) as line_id
    from unnest($1::text[], $2::text[]) as named (order_id, line_id) left join lines l using (order_id, line_id)
) asked
join rule_states s using (order_id, line_id)
join lines l on l.order_id = s.order_id and l.ordered_line_id = s.line_id
where s.ended_at is null;

-- name: add_facts
-- What happened to lines under the rule, or to lines that nobody has told of yet; a fact that is known changes nothing.
insert into rule_facts (order_id, line_id, kind, name, happened_at, revised_by, units)
select told.*
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::date[], $7::bigint[])
     as told (order_id, line_id, kind, name, happened_at, revised_by, units)
left join lateral (
    select bool_or(l.shown_ship_by is not null) as is_watched from lines l
    where l.order_id = told.order_id and told.line_id in (l.line_id, l.ordered_line_id)
) known on true
where known.is_watched is not false
on conflict do nothing;

-- name: add_options
-- Notices that left, of promises that ask something of the customer: those were told as options.
insert into rule_facts (order_id, line_id, kind, name, happened_at, revised_by)
select told.order_id, told.line_id, 'told', told.name, told.happened_at, p.latest
from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[])
     as told (order_id, line_id, line_version, name, happened_at)
join promises p using (order_id, line_id, line_version)
where p.consent <> 'not_needed'
on conflict do nothing;

-- name: cases
-- Lines under the rule that have not ended: what they want, and where they ship from.
select s.order_id, s.line_id, l.shown_ship_by, l.node, coalesce(b.units - b.cancelled, l.units) as units
from rule_states s
join unnest($1::text[], $2::text[]) as asked (order_id, line_id) using (order_id, line_id)
cross join lateral (
    select min(shown_ship_by) as shown_ship_by, min(node) as node, min(units - cancelled) as units from lines
    where lines.order_id = s.order_id and lines.ordered_line_id = s.line_id
) l
left join bundles b on b.order_id = s.order_id and b.line_id = s.line_id
where s.ended_at is null;

-- name: ended
-- How those of these lines ended in law that did.
select order_id, line_id, ended_at, vests_on, end_cause, ended_units
from rule_states join unnest($1::text[], $2::text[]) as asked (order_id, line_id) using (order_id, line_id)
where ended_at is not null;

-- name: facts
-- All that happened to lines but their shipments.
select f.*
from rule_facts f join unnest($1::text[], $2::text[]) as asked (order_id, line_id) using (order_id, line_id)
where f.kind <> 'shipped';

-- name: shipments_of_lines
-- What shipped of lines, or of each component of a bundle.
select l.order_id, l.ordered_line_id as line_id, l.line_id as served_as, l.per_bundle, f.happened_at, f.units
from unnest($1::text[], $2::text[]) as asked (order_id, line_id)
join lines l on l.order_id = asked.order_id and l.ordered_line_id = asked.line_id
left join rule_facts f on f.order_id = l.order_id and f.line_id = l.line_id and f.kind = 'shipped';

-- name: keep_standings
-- Store how lines stand now.
update rule_states s
set applicable_by = now_is.applicable_by, open_units = now_is.open_units, revised = now_is.revised,
    asked = now_is.asked, offered = now_is.offered
from unnest($1::text[], $2::text[], $3::date[], $4::bigint[], $5::boolean[], $6::boolean[], $7::boolean[])
     as now_is (order_id, line_id, applicable_by, open_units, revised, asked, offered)
where s.order_id = now_is.order_id and s.line_id = now_is.line_id and s.ended_at is null;

-- name: end_lines
-- Mark lines that the rule cancels.
update rule_states s
set ended_at = told.ended_at, vests_on = told.vests_on, end_cause = told.because, ended_units = told.units
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::date[], $5::text[], $6::bigint[])
     as told (order_id, line_id, ended_at, vests_on, because, units)
where s.order_id = told.order_id and s.line_id = told.line_id and s.ended_at is null;

-- name: rule_states
-- How lines stand that have not ended.
select s.*
from rule_states s join unnest($1::text[], $2::text[]) as asked (order_id, line_id) using (order_id, line_id)
where s.ended_at is null;
