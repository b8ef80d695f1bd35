-- name: keep_availability
-- What product pages show; an older version changes nothing.
insert into availability (sku, node, version, merchant, state, available_to_sell, max_orderable, breaks, as_of, ships_by,
                          valid_until, alternatives)
select sku, node, version, merchant, state, available_to_sell, max_orderable, breaks::jsonb, as_of, ships_by, valid_until,
       alternatives::jsonb
from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[],
            $9::timestamptz[], $10::date[], $11::timestamptz[], $12::text[])
     as told (sku, node, version, merchant, state, available_to_sell, max_orderable, breaks, as_of, ships_by, valid_until,
              alternatives)
order by sku, node
on conflict (sku, node) do update
set version = excluded.version, merchant = excluded.merchant, state = excluded.state,
    available_to_sell = excluded.available_to_sell, max_orderable = excluded.max_orderable,
    breaks = excluded.breaks, as_of = excluded.as_of, ships_by = excluded.ships_by, valid_until = excluded.valid_until,
    alternatives = excluded.alternatives
where availability.version < excluded.version;

-- name: keep_promises
-- What lines were promised; an older version changes nothing.
insert into promises (order_id, line_id, line_version, sku, node, units, earliest, latest, supply_id, reason, cause)
select *
from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::date[], $8::date[],
            $9::text[], $10::text[], $11::text[]) as told (order_id, line_id)
order by order_id, line_id
on conflict (order_id, line_id) do update
set line_version = excluded.line_version, sku = excluded.sku, node = excluded.node, units = excluded.units,
    earliest = excluded.earliest, latest = excluded.latest, supply_id = excluded.supply_id,
    reason = excluded.reason, cause = excluded.cause
where promises.line_version < excluded.line_version;

-- name: keep_ordered
-- For how many units lines were ordered; the first to say so is right.
insert into ordered_lines (order_id, line_id, units, sku)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) as told (order_id, line_id)
order by order_id, line_id
on conflict do nothing;

-- name: keep_shipped
-- Units of lines that left, each shipment once.
insert into shipped_units (order_id, line_id, shipment_id, sku, units)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
              as told (order_id, line_id, shipment_id, sku)
order by order_id, line_id, shipment_id, sku
on conflict do nothing;

-- name: keep_releases
-- Units that waiting lines got, each time once.
insert into releases (order_id, line_id, line_version, units)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) as told (order_id, line_id, line_version)
order by order_id, line_id, line_version
on conflict do nothing;

-- name: keep_allocated
-- Units that lines got at once, each time once.
insert into allocated_units (order_id, line_id, line_version, sku, units)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[])
              as told (order_id, line_id, line_version)
order by order_id, line_id, line_version
on conflict do nothing;

-- name: keep_cancelled
-- Units that lines want no more, each time once.
insert into cancelled_units (order_id, line_id, line_version, sku, units, wanted, new_line_id, reason)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[])
              as told (order_id, line_id, line_version)
order by order_id, line_id, line_version
on conflict do nothing;

-- name: keep_declined
-- Lines that were not accepted, each once.
insert into declined_lines (order_id, line_id, sku, units, reason, alternatives)
select order_id, line_id, sku, units, reason, alternatives::jsonb
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[])
     as told (order_id, line_id, sku, units, reason, alternatives)
order by order_id, line_id
on conflict do nothing;

-- name: keep_refunds
-- Refunds that are due, each once.
insert into refunds (order_id, line_id, cause, units, due_by)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::date[]) as told (order_id, line_id, cause)
order by order_id, line_id, cause
on conflict do nothing;
