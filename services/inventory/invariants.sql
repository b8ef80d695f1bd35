-- name: ledger_equals_on_hand
-- I1: the movements of a position and status sum up to its units on hand.
select sku, node, status, coalesce(m.units, 0) as ledger, coalesce(b.on_hand, 0) as on_hand
from (select sku, node, status, sum(delta) as units from movements group by sku, node, status) m
full join balances b using (sku, node, status)
where coalesce(m.units, 0) <> coalesce(b.on_hand, 0);

-- name: ledger_equals_lots
-- I1: the movements of a lot sum up to its units on hand.
select sku, node, status, lot, coalesce(m.units, 0) as ledger, coalesce(l.on_hand, 0) as on_hand
from (select sku, node, status, lot, sum(delta) as units from movements group by sku, node, status, lot) m
full join lots l using (sku, node, status, lot)
where coalesce(m.units, 0) <> coalesce(l.on_hand, 0);

-- name: news_without_gap
-- The sequence of a position counts its news without a gap.
select p.sku, p.node, p.sequence, count(distinct m.sequence) as told
from positions p left join movements m using (sku, node)
group by p.sku, p.node, p.sequence
having count(distinct m.sequence) <> p.sequence or coalesce(max(m.sequence), 0) <> p.sequence;
