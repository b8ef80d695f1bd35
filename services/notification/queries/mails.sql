-- name: is_anything_due
-- Whether a notice is to be sent by now.
select exists (select from notices where state in ('planned', 'sending') and reachable and due_at <= clock());

-- name: due
-- The orders whose customers are to be told something by now, unless a mail is in doubt that is tried again later.
select n.order_id
from notices n
where n.state in ('planned', 'sending') and n.reachable and n.due_at <= $1
  and not exists (
      select from notices sending
      where sending.order_id = n.order_id and sending.state = 'sending' and sending.due_at > $1
  )
order by n.due_at, n.place
limit $2;

-- name: settle
-- Notices that the mail server took or refused.
with settled as (
    update notices n
    set state = answer.state, settled_at = $3, zone = case when answer.state = 'sent' then answer.zone end,
        same_day = case when answer.state = 'sent' then answer.same_day end,
        alarm_at = case when n.kind = 'late' or n.alarm is not null then n.alarm_at end
    from unnest($1::text[], $2::text[], $4::text[], $5::boolean[]) as answer (notice_id, state, zone, same_day)
    where n.notice_id = answer.notice_id and n.state in ('sending', 'handed')
    returning n.notice_id, n.order_id, n.kind, n.cause, n.mail_id, n.state, n.caused_at, n.traceparent, n.zone, n.same_day,
              n.place
)
select s.notice_id, s.order_id, s.kind, s.cause, o.merchant, s.mail_id, s.state, s.caused_at, s.traceparent, s.zone, s.same_day,
       l.line_id, l.line_version, l.units, l.earliest, l.latest, l.returned, l.refund_by, l.refunds, l.refused, l.knows_refused,
       l.knows_shipped, l.refund_amount
from settled s join notice_lines l using (notice_id) join orders o on o.order_id = s.order_id
order by s.place, l.line_id;

-- name: tell_lines
-- What customers know from now on.
update lines l
set told_version = n.line_version, told_earliest = n.earliest, told_latest = n.latest, told_by = n.notice_id
from notice_lines n join notices using (notice_id)
where n.notice_id = any ($1::text[]) and tells_dates and l.order_id = n.order_id and l.line_id = n.line_id
  and coalesce(l.told_version, 0) < n.line_version;

-- name: retry_unsent
-- Notices that the mail server has not seen; those put off wait longer each time, up to ten minutes, and those whose
-- cause was held meanwhile for a person.
update notices n
set state = 'planned', mail_id = null, attempts = n.attempts + put_off::int,
    send_at = case when is_held then urgent_at else send_at end,
    retry_at = case when is_held then null
                    when put_off
                    then $3::timestamptz + least(interval '1 second' * 2 ^ least(n.attempts, 20), interval '10 minutes')
                    else retry_at end
from (
    select answer.*, exists (
        select from notices own join held_causes h using (cause)
        where own.notice_id = answer.notice_id and own.kind = 'moved' and h.state in ('held', 'rejected')
    ) as is_held
    from unnest($1::text[], $2::boolean[]) as answer (notice_id, put_off)
) answer
where n.notice_id = answer.notice_id and n.state = 'sending'
returning n.order_id, n.caused_at, n.traceparent, n.cause;

-- name: keep_sending
-- Notices that the mail server may have taken: the same again, after a while.
update notices
set attempts = attempts + 1,
    retry_at = $2::timestamptz + least(interval '1 second' * 2 ^ least(attempts, 20), interval '10 minutes')
where notice_id = any ($1::text[]) and state = 'sending';

-- name: keep_mails
-- Mails as they were sent, each once for ever; not what they said to whoever was erased meanwhile.
insert into mails (mail_id, order_id, sent_at, content)
select mail_id, order_id, $4, case when c.email is not null then content end
from unnest($1::text[], $2::text[], $3::jsonb[]) as sent (mail_id, order_id, content) join contacts c using (order_id)
on conflict do nothing;

-- name: orders_of_mails
-- Which orders mails are about that were sent, or that the server may have taken without our knowing it yet.
select distinct mail_id, order_id, state from notices where mail_id = any ($1::text[]) and state in ('sending', 'sent');

-- name: bounce
-- Notices of locked orders that did not arrive after all.
with bounced as (
    update notices n set state = 'failed', settled_at = $3, zone = null, same_day = null
    where n.mail_id = any ($1::text[]) and n.order_id = any ($2::text[]) and n.state = 'sent'
    returning n.notice_id, n.order_id, n.kind, n.cause, n.mail_id, n.state, n.caused_at, n.traceparent, n.zone, n.same_day,
              n.place
)
select b.notice_id, b.order_id, b.kind, b.cause, o.merchant, b.mail_id, b.state, b.caused_at, b.traceparent, b.zone, b.same_day,
       l.line_id, l.line_version, l.units, l.earliest, l.latest, l.returned, l.refund_by, l.refunds, l.refused, l.knows_refused,
       l.knows_shipped, l.refund_amount
from bounced b join notice_lines l using (notice_id) join orders o on o.order_id = b.order_id
order by b.place, l.line_id;

-- name: untell_lines
-- What customers know again of lines that a bounced notice had told them of: the newest that did arrive.
update lines l
set told_version = before.line_version, told_earliest = before.earliest, told_latest = before.latest,
    told_by = before.notice_id
from lines bounced
left join lateral (
    select c.notice_id, c.line_version, c.earliest, c.latest
    from notice_lines c join notices n using (notice_id)
    where c.order_id = bounced.order_id and c.line_id = bounced.line_id and n.state = 'sent' and n.tells_dates
    order by c.line_version desc limit 1
) before on true
where bounced.order_id = any ($2::text[]) and bounced.told_by = any ($1::text[])
  and l.order_id = bounced.order_id and l.line_id = bounced.line_id;

-- name: give_up_failed
-- Failed notices of which nobody was told otherwise are told anew, to another address; what is packed is told when it
-- has left.
update notices n set state = 'superseded', mail_id = null, settled_at = $2,
    alarm_at = case when n.alarm is not null then n.alarm_at end
where order_id = any ($1::text[]) and state = 'failed' and told_otherwise_by is null and kind <> 'released'
returning new.notice_id, new.order_id, old.settled_at as failed_at, new.cause, new.caused_at, new.traceparent,
          (select o.merchant from orders o where o.order_id = n.order_id) as merchant;

-- name: tell_otherwise
-- Customers were told otherwise of notices that failed.
update notices n set told_otherwise_by = told.by, told_otherwise_how = told.how
from unnest($1::text[], $2::text[], $3::text[]) as told (notice_id, by, how)
where n.notice_id = told.notice_id and n.state = 'failed' and n.told_otherwise_by is null
returning n.notice_id, n.order_id, n.settled_at as failed_at, n.cause, n.caused_at, n.traceparent,
          (select o.merchant from orders o where o.order_id = n.order_id) as merchant;
