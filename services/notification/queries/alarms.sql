-- name: alarm_notices
-- Orders that should have left by now, and customers whom their shop should have told: a person hears of them.
update notices n set alarm = 'open'
where n.alarm_at <= $1 and n.alarm is null and (n.state = 'handed' or n.kind = 'late' and n.state <> 'superseded')
returning n.notice_id, n.order_id, n.kind, n.state, n.traceparent, n.mail_id, n.alarm_at as opened_at,
          (select o.merchant from orders o where o.order_id = n.order_id) as merchant,
          (select max(l.latest) from notice_lines l where l.notice_id = n.notice_id) as latest,
          (select string_agg(l.line_id, ', ' order by l.line_id) from notice_lines l
           where l.notice_id = n.notice_id) as lines;

-- name: settle_alarms
-- What a person heard of and is over: the order left or waits again, the shop told its customer.
update notices n set alarm = 'settled'
where n.alarm = 'open' and case when n.kind = 'late' then not exists (
    select from notice_lines c join lines l using (order_id, line_id) join waiting w using (order_id, line_id)
    where c.notice_id = n.notice_id
      and coalesce(w.wanted, l.ordered, c.units) - w.units > w.shipped
      and (select coalesce(sum(r.units), 0) from releases r where r.order_id = l.order_id and r.line_id = l.line_id)
          > (select coalesce(sum(r.units), 0) from revocations r where r.order_id = l.order_id and r.line_id = l.line_id)
) else n.state <> 'handed' end
returning n.notice_id, n.order_id, n.kind, n.traceparent, n.alarm_at as opened_at,
          (select o.merchant from orders o where o.order_id = n.order_id) as merchant;

-- name: settle_alarms_by_hand
-- What a person heard of and says that it is dealt with; what a shop did not tell was told otherwise then.
update notices n
set alarm = 'settled', state = case n.state when 'handed' then 'failed' else n.state end,
    settled_at = case n.state when 'handed' then $4 else n.settled_at end,
    told_otherwise_by = case n.state when 'handed' then told.by else n.told_otherwise_by end,
    told_otherwise_how = case n.state when 'handed' then told.how else n.told_otherwise_how end
from unnest($1::text[], $2::text[], $3::text[]) as told (notice_id, by, how)
where n.notice_id = told.notice_id and n.alarm = 'open'
returning n.notice_id, n.order_id, n.kind, n.traceparent, n.alarm_at as opened_at,
          (select o.merchant from orders o where o.order_id = n.order_id) as merchant;
