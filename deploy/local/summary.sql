-- name: received
-- Sellable units by SKU that came off trucks.
select sku, sum(delta)::int from inventory.movements where reason = 'receipt' and status = 'sellable' group by sku;

-- name: released
-- Units by SKU that waiting lines got.
select r.sku, sum(r.units)::int
from allocation.releases r
where r.way = 'given' and exists (select from allocation.promises p where (p.order_id, p.line_id) = (r.order_id, r.line_id))
group by r.sku;

-- name: shipped
-- Units by SKU that left.
select sku, -sum(delta)::int from inventory.movements where reason = 'ship' group by sku;

-- name: free
-- Sellable units by SKU that nobody owns.
select sku, sum(on_hand - allocated)::int from allocation.positions group by sku;

-- name: made
-- Lines that were ever promised something.
select count(distinct (order_id, line_id))::int from allocation.promises;

-- name: moved
-- Changes of a promise after it was made.
select (count(*) - count(distinct (order_id, line_id)))::int from allocation.promises;

-- name: kept
-- Waiting lines that got all they ordered by the last date they were promised.
select count(*)::int
from allocation.lines l
cross join lateral (
    select latest from allocation.promises p
    where (p.order_id, p.line_id) = (l.order_id, l.line_id) order by line_version desc limit 1
) promised
cross join lateral (
    select max(released_at)::date as got_on from allocation.releases r
    where (r.order_id, r.line_id) = (l.order_id, l.line_id)
) got
cross join lateral (
    select coalesce(sum(on_floor), 0) as units from allocation.releases r
    where (r.order_id, r.line_id) = (l.order_id, l.line_id)
) owned
where owned.units + l.shipped = l.units and got_on <= latest;

-- name: notices
-- Notices that customers got, by kind.
select kind, count(*)::int from notification.notices where state = 'sent' group by kind;

-- name: told_later
-- Notices of moves that come after the first of the day.
select count(*)::int from notification.notices where state = 'planned' and kind = 'moved' and send_at > notification.clock();

-- name: held
-- Notices whose cause a person must confirm.
select count(*)::int from notification.notices where state = 'planned' and send_at is null;

-- name: same_day
-- Notices that customers got on the day on which it happened.
select count(*)::int from notification.notices where same_day;

-- name: out_of_turn
-- Waiting lines that were passed over: a later one of their SKU got units.
select count(*)::int
from allocation.queue q
where exists (
    select from allocation.releases r
    join allocation.orders o using (order_id)
    join allocation.promises p using (order_id, line_id)
    where (r.sku, r.node) = (q.sku, q.node) and r.way = 'given' and o.completed_at > q.completed_at
);
