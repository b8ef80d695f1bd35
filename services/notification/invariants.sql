-- name: told_is_what_was_sent
-- I6: what a line's customer was last told is what the newest notice sent of it said.
select l.order_id, l.line_id, l.told_by, l.told_version, newest.notice_id, newest.line_version
from lines l
left join lateral (
    select n.notice_id, n.line_version, n.earliest, n.latest
    from notice_lines n join notices using (notice_id)
    where n.order_id = l.order_id and n.line_id = l.line_id and state = 'sent' and kind <> 'released'
    order by n.line_version desc limit 1
) newest on true
where (l.told_by, l.told_version, l.told_earliest, l.told_latest)
      is distinct from (newest.notice_id, newest.line_version, newest.earliest, newest.latest);

-- name: every_worthy_change_has_a_notice
-- I6: a waiting line whose customer knows nothing, an earlier latest date, or another state, has an unsent or failed
-- notice of it.
select l.order_id, l.line_id, l.promise_version, l.latest, l.told_latest
from lines l
where l.promise_version > 0
  and l.units > coalesce((select sum(r.units) from releases r
                          where r.order_id = l.order_id and r.line_id = l.line_id
                            and r.line_version > l.promise_version), 0)
                - coalesce((select sum(v.units) from revocations v
                            where v.order_id = l.order_id and v.line_id = l.line_id
                              and v.line_version > l.promise_version), 0)
  and l.ordered > coalesce((select sum(s.units) from shipments s
                            where s.order_id = l.order_id and s.line_id = l.line_id), 0)
  and (l.told_by is null or (l.latest is null) <> (l.told_latest is null) or l.latest > l.told_latest)
  and not exists (select from notice_lines n join notices using (notice_id)
                  where n.order_id = l.order_id and n.line_id = l.line_id and state in ('planned', 'sending', 'failed'));

-- name: every_release_has_a_notice
-- Every unit that went to the floor is told of, was told of, or could not be; of lines whose units came back in
-- between, what the customer believes decides instead.
select r.order_id, r.line_id, r.line_version
from releases r
where not exists (select from notice_lines n join notices using (notice_id)
                  where n.order_id = r.order_id and n.line_id = r.line_id and n.line_version = r.line_version
                    and kind = 'released' and state <> 'superseded')
  and not exists (select from revocations v where v.order_id = r.order_id and v.line_id = r.line_id);

-- name: nobody_believes_in_what_came_back
-- Whose units came back after he was told that they are packed, and who holds a newer promise of them, has a notice of
-- it: sent, unsent or failed.
select v.order_id, v.line_id, v.line_version
from revocations v
join lines l using (order_id, line_id)
where l.promise_version > v.line_version
  and l.units > coalesce((select sum(r.units) from releases r
                          where r.order_id = l.order_id and r.line_id = l.line_id
                            and r.line_version > l.promise_version), 0)
  and l.ordered > coalesce((select sum(s.units) from shipments s
                            where s.order_id = l.order_id and s.line_id = l.line_id), 0)
  and exists (select from notice_lines n join notices using (notice_id)
              where n.order_id = v.order_id and n.line_id = v.line_id and kind = 'released' and state = 'sent'
                and n.line_version < v.line_version)
  and not exists (select from notice_lines n join notices using (notice_id)
                  where n.order_id = v.order_id and n.line_id = v.line_id and kind <> 'released'
                    and state <> 'superseded' and n.line_version > v.line_version);

-- name: nobody_is_told_without_an_address
-- A notice is due only while its customer can be reached.
select n.notice_id, n.order_id, n.due_at
from notices n join contacts c using (order_id)
where n.state in ('planned', 'sending') and (n.due_at is null) <> (c.email is null);
