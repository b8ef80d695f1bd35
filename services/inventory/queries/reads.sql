-- name: stock_by_status
-- What is on hand of a SKU by node and status; of one node if asked, of some nodes.
select p.node, p.sequence, b.status, b.on_hand
from positions p left join balances b on b.sku = p.sku and b.node = p.node and b.on_hand > 0
where p.sku = $1 and ($2::text is null or p.node = $2) and ($3::text[] is null or p.node = any ($3))
order by p.node, b.status;

-- name: stock_by_lot
-- The lots of a SKU, first expired first out, with the days of life that are left of each by its node's calendar.
select l.node, l.status, l.lot, l.expires_on, l.on_hand, l.counted_at,
       l.expires_on - ($3::timestamptz at time zone n.zone)::date as life_days
from lots l join nodes n on n.node = l.node
where l.sku = $1 and ($2::text is null or l.node = $2) and ($5::text[] is null or l.node = any ($5)) and l.on_hand > 0
order by l.node, l.status, l.expires_on nulls last, l.lot
limit $4;

-- name: is_known
-- Whether this SKU of some merchants, and this node of some nodes if one is named, are known.
select exists (select from products where sku = $1 and ($3::text[] is null or merchant = any ($3))) as sku,
       ($2::text is null
        or exists (select from nodes where node = $2 and ($4::text[] is null or node = any ($4)))) as node;

-- name: entries
-- The movements of a position after a sequence, of as many news as asked: sequences have no gap.
select sequence, place, movement_id, reason, status, lot, expires_on, delta, on_hand, supply_id, order_id, line_id,
       lane, cause, happened_at, moved_at
from movements
where sku = $1 and node = $2 and sequence > $3::bigint and sequence <= $3::bigint + $4::bigint
order by sequence, place;

-- name: discrepancies_after
-- What is open or settled of these classes, of one node if asked, oldest first, after the one named; of some merchants
-- and nodes.
select d.exception_id, d.exception_class, d.sku, d.node, d.status, d.lot, d.subject, d.at, d.facts
from (
    select node from nodes where ($1::text is null or node = $1) and ($7::text[] is null or node = any ($7))
) n
cross join unnest($2::text[]) as asked (exception_class)
cross join lateral (
    select * from discrepancies one
    where one.node = n.node and one.exception_class = asked.exception_class and one.state = $3
      and ($6::text[] is null or (select p.merchant from products p where p.sku = one.sku) = any ($6))
      and (one.at, one.exception_id)
          > (coalesce((select after.at from discrepancies after where after.exception_id = $4::text), '-infinity'),
             coalesce($4::text, ''))
    order by one.at, one.exception_id
    limit $5::bigint
) d
order by d.at, d.exception_id
limit $5::bigint;

-- name: expiring
-- Sellable lots that will be past their life within some days, the soonest first; of some merchants and nodes.
select l.sku, l.node, l.lot, l.expires_on, l.on_hand, l.last_day, p.min_life_days, l.days_left
from nodes n
cross join lateral (
    select sku, node, lot, expires_on, on_hand, last_day,
           last_day - ($1::timestamptz at time zone n.zone)::date as days_left
    from lots
    where node = n.node and status = 'sellable' and on_hand > 0
      and last_day < ($1::timestamptz at time zone n.zone)::date + $3::int
      and ($5::text[] is null or (select own.merchant from products own where own.sku = lots.sku) = any ($5))
    order by last_day
    limit $4::bigint
) l
join products p on p.sku = l.sku
where ($2::text is null or n.node = $2) and ($6::text[] is null or n.node = any ($6))
order by l.last_day, l.sku, l.node, l.lot
limit $4::bigint;
