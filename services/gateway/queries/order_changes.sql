-- name: number_change
-- Says which change of an order a number stands for; nothing comes back when it stands for another.
insert into order_changes (order_id, change_no, content) values ($1, $2, $3)
on conflict (order_id, change_no) do update set content = order_changes.content
where order_changes.content = excluded.content
returning true;

-- name: last_change_no
-- The highest number that stands for a change of an order.
select max(change_no) from order_changes where order_id = $1;
