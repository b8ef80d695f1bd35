-- name: no_line_got_more_than_it_waited_for
-- The units a line got after its last promise, less those it lost again, are at most those that waited then.
select p.order_id, p.line_id, p.units, sum(r.units) as got
from promises p join releases r
     on r.order_id = p.order_id and r.line_id = p.line_id and r.line_version > p.line_version
group by p.order_id, p.line_id, p.units
having sum(r.units) > p.units;

-- name: lines_are_declined_or_served
-- I3: a line that was not accepted waits for nothing and gets nothing.
select order_id, line_id from declined_lines d
where exists (select from waiting w where (w.order_id, w.line_id) = (d.order_id, d.line_id))
   or exists (select from releases r where (r.order_id, r.line_id) = (d.order_id, d.line_id))
   or exists (select from allocated_units a where (a.order_id, a.line_id) = (d.order_id, d.line_id));

-- name: cancelled_units_were_ordered
-- I3: the units cancelled of a line and those that it wanted after its last cancel are as many as were ordered.
select o.order_id, o.line_id, o.units, sum(c.units) as cancelled, min(c.wanted) as wanted
from ordered_lines o join cancelled_units c using (order_id, line_id)
group by o.order_id, o.line_id, o.units
having sum(c.units) + min(c.wanted) > o.units;

-- name: waiting_lines_wait_for_units
-- Whoever is shown as waiting waits for at least one unit.
select order_id, line_id, units from waiting where units <= 0;

-- name: in_stock_pages_have_units
-- A page says in stock exactly when units can be sold.
select sku, node, state, available_to_sell from availability where (state = 'in_stock') <> (available_to_sell > 0);

-- name: queues_of_no_lines_have_no_units
-- Lines wait for units, and units for lines.
select sku, node, waiting_lines, waiting_units from queues
where waiting_units < waiting_lines or (waiting_lines = 0 and (waiting_units > 0 or waiting_value > 0));

-- name: bookings_end_after_they_begin
-- What takes a door takes it for some time.
select asn_id, kind, subject, at, ends_at from dock_events where ends_at <= at;
