-- name: past_life
-- Sellable lots that are past their life by their node's own calendar, the longest first; each node finds its own.
select due.sku, due.node, due.lot, due.expires_on, p.min_life_days
from nodes n
cross join lateral (
    select l.sku, l.node, l.lot, l.expires_on, l.last_day from lots l
    where l.node = n.node and l.status = 'sellable' and l.on_hand > 0
      and l.last_day < ($1::timestamptz at time zone n.zone)::date
    order by l.last_day
    limit $2
) due
join products p on p.sku = due.sku
order by due.last_day, due.sku, due.node, due.lot
limit $2;

-- name: still_past_life
-- Which of these lots, at locked positions, are past their life.
select l.sku, l.node, l.lot, l.expires_on, p.min_life_days
from unnest($2::text[], $3::text[], $4::text[]) as asked (sku, node, lot)
join lots l on l.sku = asked.sku and l.node = asked.node and l.status = 'sellable' and l.lot = asked.lot
join nodes n on n.node = l.node
join products p on p.sku = l.sku
where l.on_hand > 0 and l.last_day < ($1::timestamptz at time zone n.zone)::date
order by l.sku, l.node, l.lot;
