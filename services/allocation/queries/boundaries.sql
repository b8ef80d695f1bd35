-- name: walk_forward
-- From places on, over as many lines as asked that stock does not cover: the first line that so many units do not
-- complete, else the last seen.
select asked.walk, found.*
from unnest($1::int[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[],
            $8::bigint[], $9::bigint[])
     as asked (walk, sku, node, queue_at, completed_at, order_id, line_id, units, most)
cross join lateral (
    select * from (
        select line.queue_at, line.completed_at, line.order_id, line.line_id, line.uncovered as units,
               (sum(line.uncovered) over so_far)::bigint as units_seen, row_number() over so_far as lines_seen
        from (
            select queue.*, queue.units - queue.claimed as uncovered from queue
            where queue.sku = asked.sku and queue.node = asked.node and queue.units > queue.claimed
              and (queue.queue_at, queue.completed_at, queue.order_id, queue.line_id)
                  >= (asked.queue_at, asked.completed_at, asked.order_id, asked.line_id)
            order by queue.queue_at, queue.completed_at, queue.order_id, queue.line_id limit asked.most
        ) line
        window so_far as (order by line.queue_at, line.completed_at, line.order_id, line.line_id)
    ) seen
    where seen.units_seen > asked.units or seen.lines_seen = asked.most
    order by seen.lines_seen limit 1
) found;

-- name: walk_back
-- Before places, over as many lines as asked: the first line backwards by which so many units are seen, else the last.
select asked.walk, found.*
from unnest($1::int[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[],
            $8::bigint[], $9::bigint[])
     as asked (walk, sku, node, queue_at, completed_at, order_id, line_id, units, most)
cross join lateral (
    select * from (
        select line.queue_at, line.completed_at, line.order_id, line.line_id, line.uncovered as units,
               (sum(line.uncovered) over so_far)::bigint as units_seen, row_number() over so_far as lines_seen
        from (
            select queue.*, queue.units - queue.claimed as uncovered from queue
            where queue.sku = asked.sku and queue.node = asked.node and queue.units > queue.claimed
              and (queue.queue_at, queue.completed_at, queue.order_id, queue.line_id)
                  < (coalesce(asked.queue_at, 'infinity'), coalesce(asked.completed_at, 'infinity'),
                     coalesce(asked.order_id, ''), coalesce(asked.line_id, ''))
            order by queue.queue_at desc, queue.completed_at desc, queue.order_id desc, queue.line_id desc
            limit asked.most
        ) line
        window so_far as (
            order by line.queue_at desc, line.completed_at desc, line.order_id desc, line.line_id desc
        )
    ) seen
    where seen.units_seen >= asked.units or seen.lines_seen = asked.most
    order by seen.lines_seen limit 1
) found;

-- name: boundaries
-- Where supplies end in the queues of locked positions.
select b.*
from boundaries b join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
order by b.sku, b.node, b.ranking, b.ready_on, b.kind = 'reorder', b.kind, b.supply_id;

-- name: forget_boundaries
-- Delete the boundaries of positions, before they are written anew.
delete from boundaries b using unnest($1::text[], $2::text[]) as asked (sku, node)
where b.sku = asked.sku and b.node = asked.node;

-- name: keep_boundaries
-- Write where supplies end from now on.
insert into boundaries (sku, node, ranking, kind, supply_id, ready_on, units, queue_at, completed_at, order_id, line_id,
                        units_before, lines_before, padding)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::bigint[],
                     $8::timestamptz[], $9::timestamptz[], $10::text[], $11::text[], $12::bigint[], $13::bigint[],
                     $14::int[]);
