-- name: set_promises
-- What lines are promised; an older version changes nothing.
update lines l
set promise_version = told.line_version, units = told.units, earliest = told.earliest, latest = told.latest,
    preorder = told.preorder, unpadded = told.unpadded, sure = told.sure, cause = told.cause
from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::date[], $6::date[], $7::boolean[], $8::date[],
            $9::boolean[], $10::text[])
     as told (order_id, line_id, line_version, units, earliest, latest, preorder, unpadded, sure, cause)
where l.order_id = told.order_id and l.line_id = told.line_id and l.promise_version < told.line_version;

-- name: add_releases
-- Units of lines that went to the floor, each once for ever.
insert into releases (order_id, line_id, line_version, units)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
on conflict do nothing
returning order_id, line_id, line_version;

-- name: add_revocations
-- Units of lines that wait again, each once for ever.
insert into revocations (order_id, line_id, line_version, units)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
on conflict do nothing;

-- name: add_shipments
-- Units that were handed to the carrier, each once for ever. They count for the line or component of that name and SKU.
insert into shipments (order_id, shipment_id, place, served_as, units, sku, carrier, tracking, tracking_url)
select * from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[],
                     $9::text[])
     as told (order_id, shipment_id, place)
order by order_id, shipment_id, place
on conflict do nothing;

-- name: add_components
-- What lines of bundles are served as, each once for ever.
insert into components (order_id, served_as, sku, line_id, per_bundle, components)
select told.order_id, told.served_as, told.sku, told.line_id, told.per_bundle, told.components
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::int[])
     as told (order_id, served_as, sku, line_id, per_bundle, components)
join lines using (order_id, line_id)
on conflict do nothing;
