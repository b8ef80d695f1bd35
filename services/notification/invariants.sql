-- name: told_is_what_was_sent
-- I6: what a line's customer was last told is what the newest notice sent of it said.
select l.order_id, l.line_id, l.told_by, l.told_version, newest.notice_id, newest.line_version
from lines l
left join lateral (
    select n.notice_id, n.line_version, n.earliest, n.latest
    from notice_lines n join notices using (notice_id)
    where n.order_id = l.order_id and n.line_id = l.line_id and state = 'sent' and tells_dates
    order by n.line_version desc limit 1
) newest on true
where (l.told_by, l.told_version, l.told_earliest, l.told_latest)
      is distinct from (newest.notice_id, newest.line_version, newest.earliest, newest.latest);

-- name: every_worthy_change_has_a_notice
-- I6: a waiting line whose customer knows nothing, an earlier latest date, or another state, has an unsent or failed
-- notice of it.
select l.order_id, l.line_id, l.promise_version, l.latest, l.told_latest
from lines l join waiting w using (order_id, line_id) join orders o using (order_id)
where w.units > 0 and o.who_mails <> 'none'
  and (l.told_by is null or (l.latest is null) <> (l.told_latest is null) or l.latest > l.told_latest
       or l.sure and l.latest <= l.told_earliest - 2)
  and not exists (select from notice_lines n join notices using (notice_id)
                  where n.order_id = l.order_id and n.line_id = l.line_id and tells_dates
                    and state in ('planned', 'sending', 'handed', 'failed'));

-- name: every_release_has_a_notice
-- Every unit that went to the floor is told of, was told of, or could not be; of lines whose units came back or
-- were cancelled in between, what the customer believes decides instead.
select r.order_id, r.line_id, r.line_version
from releases r join orders o using (order_id)
where o.who_mails <> 'none' and not exists (select from notice_lines n join notices using (notice_id)
                  where n.order_id = r.order_id and n.line_id = r.line_id and n.line_version = r.line_version
                    and kind = 'released' and state <> 'superseded')
  and not exists (select from revocations v where v.order_id = r.order_id and v.line_id = r.line_id)
  and not exists (select from line_endings e where e.order_id = r.order_id and e.line_id = r.line_id);

-- name: nobody_believes_in_what_came_back
-- A customer whose units came back after they were told as packed, and who holds a newer promise of them, has a notice of
-- it: sent, unsent or failed.
select v.order_id, v.line_id, v.line_version
from revocations v
join lines l using (order_id, line_id)
join waiting w using (order_id, line_id)
join orders o using (order_id)
where o.who_mails <> 'none' and l.promise_version > v.line_version and w.units > 0
  and exists (select from notice_lines n join notices using (notice_id)
              where n.order_id = v.order_id and n.line_id = v.line_id and kind = 'released' and state = 'sent'
                and n.line_version < v.line_version)
  and not exists (select from notice_lines n join notices using (notice_id)
                  where n.order_id = v.order_id and n.line_id = v.line_id and tells_dates
                    and state <> 'superseded' and n.line_version > v.line_version);

-- name: nobody_is_told_without_an_address
-- A notice is sent only while its customer can be reached.
select n.notice_id, n.order_id, n.due_at
from notices n join contacts c using (order_id) join orders o using (order_id)
where n.state in ('planned', 'sending') and n.reachable <> (c.email is not null or o.who_mails = 'shop');

-- name: held_causes_are_told_to_nobody
-- Unsent notices of a cause that a person must confirm wait for that, or until a legal date is near; no others do.
select n.notice_id, n.cause, h.state, n.send_at, n.urgent_at
from notices n left join held_causes h using (cause)
where n.state = 'planned' and n.kind = 'moved'
  and case when h.state in ('held', 'rejected') then n.send_at is distinct from n.urgent_at else n.send_at is null end;

-- name: a_slip_of_the_finger_is_held
-- No cause that nobody confirmed is about to be told to more than 200 lines.
select n.cause, count(*)
from notices n join notice_lines l using (notice_id) left join held_causes h using (cause)
where n.state = 'planned' and n.kind = 'moved' and (h.state is null or h.state = 'over')
group by n.cause having count(*) > 200;

-- name: nobody_is_to_be_told_a_date_of_what_does_not_wait
-- I6: an unsent confirmation or move covers only lines that wait, with the units that do.
select n.notice_id, l.order_id, l.line_id, l.units, w.units as waiting
from notices n join notice_lines l using (notice_id) join waiting w on (w.order_id, w.line_id) = (l.order_id, l.line_id)
where n.state = 'planned' and n.tells_dates and l.units <> w.units;

-- name: every_ending_has_a_notice
-- I6: what was cancelled, declined or swapped is told of, was told of, or could not be.
select e.order_id, e.line_id, e.line_version, e.ending
from line_endings e join orders o using (order_id)
where o.who_mails <> 'none' and not exists (
    select from notice_lines l join notices n using (notice_id)
    where l.order_id = e.order_id and l.line_id = e.line_id and n.state <> 'superseded'
      and n.kind = any (case e.ending when 'swapped' then array['swapped'] else array['cancelled', 'declined'] end)
      and l.line_version >= e.line_version
);

-- name: every_shipment_has_a_notice
-- Whoever was told that units wait, and was not told that they are cancelled, hears that they left.
select s.order_id, s.line_id, s.units
from shipped s join lines l using (order_id, line_id) join orders o using (order_id)
where o.who_mails <> 'none' and l.told_by is not null
  and s.units > coalesce((select max(c.knows_shipped) from notice_lines c join notices n using (notice_id)
                                where c.order_id = s.order_id and c.line_id = s.line_id and n.state <> 'superseded'), 0);

-- name: every_refund_has_a_notice
-- Whoever is owed money is told, was told, or could not be, by which day it is sent.
select r.order_id, r.line_id, r.cause
from refunds r join orders o using (order_id)
where o.who_mails <> 'none' and (select count(*) from refunds one where (one.order_id, one.line_id) = (r.order_id, r.line_id) and one.place <= r.place)
    > coalesce((select max(l.refunds) from notice_lines l join notices n using (notice_id)
                where l.order_id = r.order_id and l.line_id = r.line_id and n.state <> 'superseded'), 0);

-- name: every_refusal_has_a_notice
-- Whoever asked for what we could not do is told, was told, or could not be.
select r.order_id, r.line_id, r.what
from (
    select order_id, line_id, what, served_as, sum(units) as units from refusals group by 1, 2, 3, 4
) r join orders o using (order_id)
where o.who_mails <> 'none' and r.units > coalesce((select max(l.knows_refused) from notice_lines l join notices n using (notice_id)
                          where l.order_id = r.order_id and l.line_id = r.line_id and n.state <> 'superseded'), 0);

-- name: a_notice_covers_something
-- I13: a notice that nobody dropped says something of a line.
select n.notice_id from notices n
where n.state <> 'superseded' and not exists (select from notice_lines l where l.notice_id = n.notice_id);

-- name: every_sent_mail_is_kept_until_it_is_erased
-- What customers were told is kept as it was sent; without their address, what it said is gone.
select n.mail_id, n.order_id
from notices n join orders o using (order_id) join contacts c using (order_id) left join mails m using (mail_id)
where n.state = 'sent' and o.who_mails = 'ours' and (m.mail_id is null or c.email is null and m.content is not null);
