-- name: lock_causes
-- Makes transactions that tell of the same causes wait for each other, so that each counts what the others plan.
select pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || cause, 0))
from (select unnest($1::text[]) as cause order by 1) sorted;

-- name: causes
-- What people said of causes that are held or were.
select cause, state, zone from held_causes where cause = any ($1::text[]);

-- name: count_moves
-- How many lines are to be told of each cause; more than enough are not counted.
select asked.cause, counted.lines
from unnest($1::text[]) as asked (cause)
cross join lateral (
    select count(*) as lines from (
        select from notices n join notice_lines using (notice_id)
        where n.cause = asked.cause and n.state = 'planned' and n.kind = 'moved' limit $2
    ) enough
) counted;

-- name: hold_causes
-- Causes of which nobody is told until a person confirms them.
insert into held_causes as known (cause, version, state, lines, farthest, zone, held_at, alarm_at)
select cause, 0, 'held', lines, farthest, zone, $5, $6
from unnest($1::text[], $2::bigint[], $3::int[], $4::text[]) as held (cause, lines, farthest, zone)
order by cause
on conflict (cause) do update
set state = 'held', lines = excluded.lines, farthest = excluded.farthest,
    held_at = excluded.held_at, alarm_at = excluded.alarm_at, decided_at = null, decided_by = null, why = null
where known.state = 'over';

-- name: hold_notices
-- Unsent notices of held causes wait for a person, but not longer than a legal date allows.
update notices set send_at = urgent_at, retry_at = null
where cause = any ($1::text[]) and state = 'planned' and kind = 'moved' and send_at is distinct from urgent_at;

-- name: causes_to_look_at
-- Held causes that alarm, or of which nobody has to be told any more.
select h.cause from held_causes h
where h.alarm_at <= $1
   or h.alarm_at is not null
      and not exists (select from notices n where n.cause = h.cause and n.state = 'planned' and n.kind = 'moved')
order by h.cause limit 100;

-- name: moved_by
-- Whom locked causes move: lines, orders, the first order, some SKUs, and the merchant if it is one alone.
select n.cause, count(*) as lines, count(distinct n.order_id) as orders, min(n.order_id) as first_order,
       (array_agg(distinct l.sku order by l.sku))[1:6] as skus,
       case when min(o.merchant) = max(o.merchant) then min(o.merchant) end as merchant
from notices n join notice_lines c using (notice_id, order_id) join lines l using (order_id, line_id)
join orders o using (order_id)
where n.cause = any ($1::text[]) and n.state = 'planned' and n.kind = 'moved'
group by n.cause;

-- name: alarm
-- Held causes alarm, and will again; without lines that are to be told a cause is over.
update held_causes h
set version = h.version + 1, state = case when found.lines > 0 then h.state else 'over' end,
    lines = case when found.lines > 0 then found.lines else h.lines end,
    merchant = case when found.lines > 0 then found.merchant else h.merchant end,
    alarm_at = case when found.lines > 0 then found.again_at end
from unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[]) as found (cause, lines, merchant, again_at)
where h.cause = found.cause and h.state in ('held', 'rejected')
returning h.*;

-- name: decide_causes
-- What people say of held causes; who says the same again changes nothing.
update held_causes h
set state = told.state, version = h.version + 1, decided_at = $5, decided_by = told.by, why = told.why,
    alarm_at = case when told.state = 'rejected' then told.alarm_at end
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $6::timestamptz[]) as told (cause, state, by, why, alarm_at)
where h.cause = told.cause and h.state in ('held', 'rejected') and h.state <> told.state
returning h.*;

-- name: free_notices
-- Unsent notices of confirmed causes are sent now.
update notices set send_at = least(urgent_at, $2)
where cause = any ($1::text[]) and state = 'planned' and kind = 'moved' and (send_at is null or send_at > $2);
