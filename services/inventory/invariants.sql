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

-- name: units_told_after_each_movement
-- Each movement tells the units of its position and status after it.
select sku, node, sequence, place, status, on_hand, units
from (
    select sku, node, sequence, place, status, on_hand,
           sum(delta) over (partition by sku, node, status order by sequence, place) as units
    from movements
) told
where on_hand <> units;

-- name: changes_balance
-- What only changes its status or lot neither comes nor goes: such movements of one cause sum up to nothing.
select sku, node, cause, sum(delta) as units
from movements
where reason in ('hold', 'unhold', 'rework', 'damage', 'lot_correction', 'correction', 'short', 'expiry')
group by sku, node, cause
having sum(delta) <> 0;

-- name: ledger_follows_the_newest_count
-- As of the newest count that was accepted of a lot and status, the ledger says what was counted.
select c.sku, c.node, c.status, c.lot, c.units, coalesce(m.units, 0) as ledger
from (
    select distinct on (sku, node, status, lot) sku, node, status, lot, units, counted_at
    from counts where outcome in ('agreed', 'booked')
    order by sku, node, status, lot, counted_at desc, place desc
) c
left join lateral (
    select sum(delta) as units from movements m
    where m.sku = c.sku and m.node = c.node and m.status = c.status and m.lot = c.lot and m.happened_at <= c.counted_at
) m on true
where c.units <> coalesce(m.units, 0);

-- name: lots_know_their_newest_count
-- A lot carries the instant of the newest count that was accepted of it.
select l.sku, l.node, l.status, l.lot, l.counted_at, c.counted_at as newest
from lots l
left join (
    select sku, node, status, lot, max(counted_at) as counted_at
    from counts where outcome in ('agreed', 'booked') group by sku, node, status, lot
) c using (sku, node, status, lot)
where l.counted_at is distinct from c.counted_at;

-- name: counts_are_booked_once
-- A booked count has exactly one movement: its difference.
select c.count_id, c.units - c.ledger as difference, m.delta
from counts c left join movements m on m.movement_id = 'count/' || c.count_id
where c.outcome = 'booked' and length(c.count_id) <= 194 and m.delta is distinct from c.units - c.ledger;

-- name: one_expiry_of_a_lot
-- A lot has one expiry in every status, and the last day on which it may be sold follows from it.
select l.sku, l.node, l.lot, min(l.expires_on) as one, max(l.expires_on) as other
from lots l join products p using (sku)
group by l.sku, l.node, l.lot
having count(distinct coalesce(l.expires_on, '-infinity')) > 1
    or bool_or(l.last_day is distinct from l.expires_on - p.min_life_days);

-- name: open_counts_differ
-- What waits for a recount is a count that differs, and says by how much.
select d.exception_id, d.subject, d.facts, c.outcome, c.units, c.ledger
from discrepancies d left join counts c on c.count_id = d.subject
where d.exception_class = 'count_differs'
  and (c.outcome is distinct from 'differs' or d.facts ->> 'counted' <> c.units::text
       or d.facts ->> 'ledger' <> c.ledger::text or d.facts ->> 'difference' <> (c.units - c.ledger)::text);

-- name: differing_counts_are_named
-- A count that differs is open, or was settled by another.
select c.count_id
from counts c
where c.outcome = 'differs'
  and not exists (select from discrepancies d where d.exception_class = 'count_differs' and d.subject = c.count_id);

-- name: open_differences_differ
-- A difference that is shown is one.
select exception_id, facts
from discrepancies
where exception_class = 'on_hand_differs' and state = 'open'
  and ((facts ->> 'reported')::bigint - (facts ->> 'ledger')::bigint <> (facts ->> 'difference')::bigint
       or (facts ->> 'difference')::bigint = 0);

-- name: shorts_took_what_they_say
-- A picker's short moved as many units as it says, of the line that it names.
select d.exception_id, d.facts, m.delta, m.line_id
from discrepancies d left join movements m on m.movement_id = 'short/' || d.subject || '/1'
where d.exception_class = 'pick_short' and length(d.subject) <= 192
  and ((d.facts ->> 'taken')::bigint <> coalesce(-m.delta, 0)
       or (m.delta is not null and m.line_id is distinct from d.facts ->> 'line_id'));

-- name: refused_requests_moved_nothing
-- A request is done whole, or refused whole.
select d.exception_id, d.subject, m.movement_id
from discrepancies d join movements m on m.movement_id = 'request/' || d.subject || '/1'
where d.exception_class = 'request_refused';

-- name: expired_lots_are_in_quarantine
-- A lot that a person was told of as past its life has units in quarantine until that is settled.
select d.exception_id, d.sku, d.node, d.lot, l.on_hand
from discrepancies d left join lots l using (sku, node, status, lot)
where d.exception_class = 'lot_expired' and d.state = 'open' and coalesce(l.on_hand, 0) = 0;
