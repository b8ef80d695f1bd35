-- name: hand_over
-- Notices that a shop tells its customers by itself; a person hears of it if it has not by the end of the day.
update notices n set state = 'handed', alarm_at = case when n.alarm is null then handed.due_by else n.alarm_at end
from unnest($1::text[], $2::timestamptz[]) as handed (notice_id, due_by)
where n.notice_id = handed.notice_id and n.state = 'sending';

-- name: handed
-- Those of these notices that a shop was to tell, and the customers' zones.
select n.notice_id, n.order_id, coalesce(c.zone, o.zone, m.zone) as zone,
       greatest(n.caused_at, case when h.state = 'confirmed' then h.decided_at end) as told_since
from notices n left join held_causes h using (cause) join orders o using (order_id)
join merchants m on m.merchant = o.merchant join contacts c using (order_id)
where n.notice_id = any ($1::text[]) and n.state = 'handed';
