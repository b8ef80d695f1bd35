-- name: keep_nodes
-- Remembers nodes and every calendar that they had; an older version changes nothing.
with kept as (
    insert into nodes (node, version, zone, working_days, holidays, cut_off, rework_days, orders_per_day)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (node) do update
    set version = excluded.version, zone = excluded.zone, working_days = excluded.working_days,
        holidays = excluded.holidays, cut_off = excluded.cut_off, rework_days = excluded.rework_days,
        orders_per_day = excluded.orders_per_day
    where nodes.version < excluded.version
    returning *
)
insert into calendars (node, version, zone, working_days, holidays, cut_off, rework_days, orders_per_day)
select node, version, zone, working_days, holidays, cut_off, rework_days, orders_per_day from kept;

-- name: keep_merchants
-- Remembers merchants; an older version changes nothing.
insert into merchants (merchant, version, hub, routing, nodes)
select * from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::jsonb[])
on conflict (merchant) do update
set version = excluded.version, hub = excluded.hub, routing = excluded.routing, nodes = excluded.nodes
where merchants.version < excluded.version;

-- name: keep_products
-- Remembers products; an older version changes nothing.
insert into products (sku, version, merchant, backorderable, min_life_days, launch_on, swap_group, attributes, price,
                      supplier_id, lead_time_days, components)
select * from unnest($1::text[], $2::bigint[], $3::text[], $4::boolean[], $5::int[], $6::date[], $7::text[],
                     $8::jsonb[], $9::bigint[], $10::text[], $11::int[], $12::jsonb[]) as told (sku)
order by sku
on conflict (sku) do update
set version = excluded.version, merchant = excluded.merchant, backorderable = excluded.backorderable,
    min_life_days = excluded.min_life_days, launch_on = excluded.launch_on, swap_group = excluded.swap_group,
    attributes = excluded.attributes, price = excluded.price, supplier_id = excluded.supplier_id,
    lead_time_days = excluded.lead_time_days, components = excluded.components
where products.version < excluded.version;

-- name: newer_products
-- Those of these products of which no such version is known yet.
select told.sku, told.version
from unnest($1::text[], $2::bigint[]) as told (sku, version) left join products p using (sku)
where p.version is null or p.version < told.version;

-- name: products
-- What is known of these SKUs.
select sku, merchant, backorderable, min_life_days, launch_on, swap_group, attributes, price, lead_time_days,
       (select on_time_share from suppliers s where s.supplier_id = products.supplier_id) as on_time_share, components
from products where sku = any ($1::text[]);

-- name: products_of_groups
-- What may be offered in place of each other: the products of merchants' groups, and the nodes that have each in stock.
select sku, merchant, backorderable, min_life_days, launch_on, swap_group, attributes, price, lead_time_days,
       null::int as on_time_share, components,
       array(select p.node from positions p
             where p.sku = products.sku and p.page::jsonb ->> 'state' = 'in_stock') as in_stock_at
from products
join unnest($1::text[], $2::text[]) as asked (merchant, swap_group) using (merchant, swap_group);

-- name: routings
-- Where these merchants' orders ship from that name no node.
select merchant, hub, routing, nodes from merchants where merchant = any ($1::text[]);

-- name: calendars
-- The calendars of these nodes.
select node, version, zone, working_days, holidays, cut_off, rework_days, orders_per_day from nodes where node = any ($1::text[]);

-- name: keep_policies
-- Remembers policies; an older version changes nothing.
insert into policies (merchant, sku, version, hold_days, padding_days, head_starts, backorderable, preorders, cap_units,
                      longest_wait_days, on_time_limit, ahead_minutes, back_days, buffer_units, gather_minutes)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::int[], $5::int[], $6::jsonb[], $7::boolean[],
                     $8::boolean[], $9::bigint[], $10::int[], $11::int[], $12::int[], $13::int[], $14::bigint[],
                     $15::int[])
     as told (merchant, sku)
order by merchant, sku
on conflict (merchant, sku) do update
set version = excluded.version, hold_days = excluded.hold_days, padding_days = excluded.padding_days,
    head_starts = excluded.head_starts, backorderable = excluded.backorderable, preorders = excluded.preorders,
    cap_units = excluded.cap_units, longest_wait_days = excluded.longest_wait_days,
    on_time_limit = excluded.on_time_limit, ahead_minutes = excluded.ahead_minutes, back_days = excluded.back_days,
    buffer_units = excluded.buffer_units, gather_minutes = excluded.gather_minutes
where policies.version < excluded.version;

-- name: policies
-- What these merchants want of their queues.
select merchant, sku, hold_days, padding_days, head_starts, backorderable, preorders, cap_units, longest_wait_days,
       on_time_limit, ahead_minutes, back_days, buffer_units, gather_minutes
from policies where merchant = any ($1::text[]);
