-- name: floor
-- What went to the floor and came back of locked orders' lines, and what of it their customers were told.
select order_id, line_id, line_version, units, 'released' as ending from releases where order_id = any ($1::text[])
union all
select order_id, line_id, line_version, units, 'revoked' from revocations where order_id = any ($1::text[])
union all
select l.order_id, l.line_id, l.line_version, l.units, 'told'
from notices n join notice_lines l using (notice_id)
where n.order_id = any ($1::text[]) and n.kind = 'released' and n.state = 'sent'
order by line_version;

-- name: lines
-- Lines of locked orders that were promised something, or end: the units that wait, and that are wanted where some were
-- cancelled.
select l.order_id, l.line_id, l.promise_version as version, l.earliest, l.latest,
       l.told_earliest, l.told_latest, l.told_by, coalesce(l.told_version, 0) as told_version, t.settled_at as told_at,
       l.cause, l.unpadded, l.sure, o.send_before, w.units, l.ordered, case when ends.any then w.wanted end as wanted,
       w.shipped, known.shipped as knows_shipped, known.late as knows_late
from lines l
join waiting w using (order_id, line_id)
left join notices t on t.notice_id = l.told_by
cross join lateral (
    select coalesce(max(c.knows_shipped), 0) as shipped,
           coalesce(max(c.line_version) filter (where n.kind = 'late'), 0) as late
    from notice_lines c join notices n using (notice_id)
    where c.order_id = l.order_id and c.line_id = l.line_id and n.state = 'sent'
) known
left join options o on (o.order_id, o.line_id, o.line_version) = (l.order_id, l.line_id, l.promise_version)
cross join lateral (
    select exists (select from line_endings e where e.order_id = l.order_id and e.line_id = l.line_id) as any,
           exists (select from refunds r where r.order_id = l.order_id and r.line_id = l.line_id) as refunded,
           exists (select from refusals r where r.order_id = l.order_id and r.line_id = l.line_id) as refused
) ends
where l.order_id = any ($1::text[]) and (l.promise_version > 0 or ends.any or ends.refunded or ends.refused)
order by l.order_id, l.line_id;

-- name: customers
-- Where the customers of locked orders live, whether they are told anything, and what they were told last.
select o.order_id, coalesce(c.zone, o.zone, m.zone) as zone, m.zone as merchant_zone,
       o.who_mails <> 'none' as is_told,
       sent.moved_told_at, sent.told_at, sent.reminded_at, sent.reminders, o.wants_reminders
from orders o join merchants m using (merchant) join contacts c using (order_id)
cross join lateral (
    select max(n.settled_at) filter (where n.kind = 'moved') as moved_told_at, max(n.settled_at) as told_at,
           max(n.settled_at) filter (where n.kind = 'on_track') as reminded_at,
           count(*) filter (where n.kind = 'on_track') as reminders
    from notices n where n.order_id = o.order_id and n.state = 'sent'
) sent
where o.order_id = any ($1::text[]);

-- name: dropped
-- How many notices of locked orders were superseded, beside those that only time brings, and how many of those.
select order_id, count(*) filter (where kind not in ('on_track', 'late')) as notices,
       count(*) filter (where kind in ('on_track', 'late')) as brought_by_time
from notices
where order_id = any ($1::text[]) and state = 'superseded'
group by order_id;

-- name: unsent
-- Unsent and failed notices of locked orders, and what each says of its lines.
select n.notice_id, n.order_id, n.kind, n.cause, n.state, n.send_at is null as held, n.caused_at, n.traceparent,
       l.line_id, l.line_version, l.units, l.earliest, l.latest, l.returned, l.refund_by, l.refunds, l.refused, l.knows_refused,
       l.knows_shipped, l.refund_amount
from notices n join notice_lines l using (notice_id)
where n.order_id = any ($1::text[]) and n.state in ('planned', 'sending', 'handed', 'failed')
order by n.place, l.line_id;

-- name: add_notices
-- Plans notices, each once for ever.
insert into notices (notice_id, order_id, kind, cause, caused_at, traceparent, reachable, send_at, urgent_at, alarm_at)
select notice_id, order_id, kind, cause, caused_at, traceparent, reachable, send_at, urgent_at, alarm_at
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::boolean[],
            $8::timestamptz[], $9::timestamptz[], $10::timestamptz[])
     with ordinality
     as planned (notice_id, order_id, kind, cause, caused_at, traceparent, reachable, send_at, urgent_at, alarm_at, place)
order by place
on conflict do nothing
returning notice_id;

-- name: add_notice_lines
-- What planned notices say.
insert into notice_lines (notice_id, order_id, line_id, line_version, units, earliest, latest, returned, refund_by, refunds,
                          refused, knows_refused, knows_shipped, refund_amount)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::date[], $7::date[],
                     $8::boolean[], $9::date[], $10::int[], $11::bigint[], $12::bigint[], $13::bigint[],
                     $14::bigint[]);

-- name: supersede
-- Notices that need not be sent any more.
update notices n set state = 'superseded', superseded_by = other.superseded_by, settled_at = $3,
    alarm_at = case when n.alarm is not null then n.alarm_at end
from unnest($1::text[], $2::text[]) as other (notice_id, superseded_by)
where n.notice_id = other.notice_id and n.state = 'planned';

-- name: reschedule
-- Unsent notices whose time is another now, but never later than a legal date allows.
update notices n set send_at = least(planned.send_at, n.urgent_at)
from unnest($1::text[], $2::timestamptz[]) as planned (notice_id, send_at)
where n.notice_id = planned.notice_id and n.state = 'planned' and n.send_at <> least(planned.send_at, n.urgent_at);
