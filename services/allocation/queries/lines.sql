-- name: known_orders
-- Which of these orders were placed before.
select order_id from orders where order_id = any ($1::text[]);

-- name: keys_of_lines
-- Of which SKU lines of known orders are, and from which node.
select l.order_id, l.line_id, l.sku, l.node
from unnest($1::text[], $2::text[]) as named (order_id, line_id) join lines l using (order_id, line_id);

-- name: line_versions
-- What was told of lines last, whether they wait, were released, or neither.
select l.order_id, l.line_id, greatest(
           l.line_version,
           (select max(r.line_version) from releases r where r.order_id = l.order_id and r.line_id = l.line_id),
           (select q.line_version from queue q
            where q.sku = l.sku and q.node = l.node and q.queue_at = l.queue_at and q.completed_at = l.completed_at
              and q.order_id = l.order_id and q.line_id = l.line_id limit 1)
       ) as line_version
from unnest($1::text[], $2::text[]) as named (order_id, line_id)
cross join lateral (
    select * from lines where lines.order_id = named.order_id and lines.line_id = named.line_id limit 1
) l;

-- name: set_line_versions
-- Store what lines were told last that are neither promised nor released whole at once with it.
with told as (
    update lines l set line_version = told.line_version
    from unnest($1::text[], $2::text[], $3::bigint[]) as told (order_id, line_id, line_version)
    where l.order_id = told.order_id and l.line_id = told.line_id
    returning l.*
)
update queue q set line_version = told.line_version
from told
where q.sku = told.sku and q.node = told.node and q.queue_at = told.queue_at and q.completed_at = told.completed_at
  and q.order_id = told.order_id and q.line_id = told.line_id;
