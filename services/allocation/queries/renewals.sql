-- name: renew_skus
-- Lines of these SKUs were promised by another launch: those that it moves are promised anew, from the first line on.
insert into renewals (sku, node, by_terms, queue_at, completed_at, order_id, line_id, calendar_version, launch_on, reason,
                      cause)
select p.sku, p.node, true, $5::timestamptz, $6::timestamptz, $7::text, $8::text, n.version, told.launch_on, told.reason,
       told.cause
from unnest($1::text[], $2::date[], $3::text[], $4::text[]) as told (sku, launch_on, reason, cause)
join positions p using (sku)
join nodes n using (node)
order by p.sku, p.node
on conflict (sku, node, by_terms, queue_at, completed_at, order_id, line_id)
do update set reason = excluded.reason, cause = excluded.cause;

-- name: renew_nodes
-- Lines of these nodes were promised by another calendar: those that it moves are promised anew, from the first line on.
insert into renewals (sku, node, by_terms, queue_at, completed_at, order_id, line_id, calendar_version, launch_on, reason,
                      cause)
select p.sku, p.node, true, $5::timestamptz, $6::timestamptz, $7::text, $8::text, told.version, products.launch_on,
       told.reason, told.cause
from unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) as told (node, version, reason, cause)
join positions p using (node)
join products using (sku)
order by p.sku, p.node
on conflict (sku, node, by_terms, queue_at, completed_at, order_id, line_id)
do update set reason = excluded.reason, cause = excluded.cause;

-- name: take_renewals
-- Which lines of locked positions are still to be promised anew: it is read once, and what is left is written again.
with taken as (
    delete from renewals r
    using unnest($1::text[], $2::text[]) as asked (sku, node)
    where r.sku = asked.sku and r.node = asked.node
    returning r.*
)
select taken.*, c.version, c.zone, c.working_days, c.holidays, c.cut_off, c.rework_days, c.orders_per_day
from taken left join calendars c on c.node = taken.node and c.version = taken.calendar_version;

-- name: keep_renewals
-- Which lines of locked positions are still to be promised anew.
insert into renewals (sku, node, by_terms, queue_at, completed_at, order_id, line_id, end_queue_at, end_completed_at,
                      end_order_id, end_line_id, reason, cause, traceparent, calendar_version, launch_on)
select sku, node, calendar_version is not null, queue_at, completed_at, order_id, line_id, end_queue_at,
       end_completed_at, end_order_id, end_line_id, reason, cause, traceparent, calendar_version, launch_on
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::timestamptz[],
            $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::bigint[],
            $15::date[])
     as rest (sku, node, queue_at, completed_at, order_id, line_id, end_queue_at, end_completed_at, end_order_id,
              end_line_id, reason, cause, traceparent, calendar_version, launch_on);
