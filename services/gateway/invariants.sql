-- name: no_line_got_more_than_it_waited_for
-- The units a line got after its last promise are at most those that waited then.
select p.order_id, p.line_id, p.units, sum(r.units) as got
from promises p join releases r
     on r.order_id = p.order_id and r.line_id = p.line_id and r.line_version > p.line_version
group by p.order_id, p.line_id, p.units
having sum(r.units) > p.units;

-- name: in_stock_pages_have_units
-- A page says in stock exactly when units can be sold.
select sku, node, state, available_to_sell from availability where (state = 'in_stock') <> (available_to_sell > 0);
