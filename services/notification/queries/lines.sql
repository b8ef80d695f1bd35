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
-- Units of lines that were handed to the carrier, each once for ever; lines that the order has not are nobody's, and
-- neither is another SKU than a line's.
insert into shipments (order_id, shipment_id, place, line_id, units, carrier, tracking, tracking_url)
select told.order_id, told.shipment_id, told.place, told.line_id, told.units, carrier, tracking, tracking_url
from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[])
     as told (order_id, shipment_id, place, line_id, units, sku, carrier, tracking, tracking_url)
join lines using (order_id, line_id, sku)
order by told.order_id, told.shipment_id, told.place
on conflict do nothing;
