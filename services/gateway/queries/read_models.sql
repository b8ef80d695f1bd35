-- name: keep_exceptions
-- What a person must look at; an older version changes nothing.
insert into exceptions (exception_id, version, class, subject, facts, state, opened_at, node, merchant)
select exception_id, version, class, subject, facts::jsonb, state, opened_at, node, merchant
from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[],
            $9::text[])
     as told (exception_id, version, class, subject, facts, state, opened_at, node, merchant)
order by exception_id
on conflict (exception_id) do update
set version = excluded.version, class = excluded.class, subject = excluded.subject, facts = excluded.facts,
    state = excluded.state, opened_at = coalesce(excluded.opened_at, exceptions.opened_at),
    node = coalesce(excluded.node, exceptions.node), merchant = coalesce(excluded.merchant, exceptions.merchant)
where exceptions.version < excluded.version;

-- name: keep_inbound
-- What is on its way to positions; an older version changes nothing.
insert into inbound (sku, node, version, after_sequence, supplies)
select sku, node, version, after_sequence, supplies::jsonb
from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[])
     as told (sku, node, version, after_sequence, supplies)
order by sku, node
on conflict (sku, node) do update
set version = excluded.version, after_sequence = excluded.after_sequence, supplies = excluded.supplies
where inbound.version < excluded.version;

-- name: keep_queues
-- How much waits for positions; an older version changes nothing.
insert into queues (sku, node, version, waiting_lines, waiting_units, waiting_value)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) as told (sku, node)
order by sku, node
on conflict (sku, node) do update
set version = excluded.version, waiting_lines = excluded.waiting_lines, waiting_units = excluded.waiting_units,
    waiting_value = excluded.waiting_value
where queues.version < excluded.version;

-- name: keep_advices
-- What suppliers were told of their trucks; an older version changes nothing.
insert into receiving_advices (asn_id, version, supplier_id, node, closed_at, lines, format, document)
select asn_id, version, supplier_id, node, closed_at, lines::jsonb, format, document
from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[])
     as told (asn_id, version, supplier_id, node, closed_at, lines, format, document)
order by asn_id
on conflict (asn_id) do update
set version = excluded.version, supplier_id = excluded.supplier_id, node = excluded.node,
    closed_at = excluded.closed_at, lines = excluded.lines, format = excluded.format, document = excluded.document
where receiving_advices.version < excluded.version;

-- name: keep_files
-- What became of files; what was said earlier changes nothing.
insert into asn_files (file_id, told_at, sender, test, state, asns, faults, answer)
select file_id, told_at, sender, test, state, asns::jsonb, faults::jsonb, answer
from unnest($1::text[], $2::timestamptz[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::text[], $8::text[])
     as told (file_id, told_at, sender, test, state, asns, faults, answer)
order by file_id
on conflict (file_id) do update
set told_at = excluded.told_at, sender = excluded.sender, state = excluded.state, asns = excluded.asns,
    faults = excluded.faults, answer = excluded.answer, test = excluded.test
where asn_files.told_at < excluded.told_at;

-- name: keep_dock
-- What happened at the doors; what was said earlier changes nothing.
insert into dock_events (asn_id, kind, subject, told_at, node, state, at, ends_at, door, details)
select asn_id, kind, subject, told_at, node, state, at, ends_at, door, details::jsonb
from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::timestamptz[],
            $8::timestamptz[], $9::text[], $10::text[])
     as told (asn_id, kind, subject, told_at, node, state, at, ends_at, door, details)
order by asn_id, kind, subject
on conflict (asn_id, kind, subject) do update
set told_at = excluded.told_at, node = excluded.node, state = excluded.state, at = excluded.at,
    ends_at = excluded.ends_at, door = excluded.door, details = excluded.details
where dock_events.told_at < excluded.told_at;

-- name: keep_scan_answers
-- What devices were told; what was said earlier changes nothing.
insert into scan_answers (scan_id, told_at, device_id, node, told)
select scan_id, told_at, device_id, node, told::jsonb
from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])
     as answers (scan_id, told_at, device_id, node, told)
order by scan_id
on conflict (scan_id) do update
set told_at = excluded.told_at, device_id = excluded.device_id, node = excluded.node, told = excluded.told
where scan_answers.told_at < excluded.told_at;

-- name: forget_scan_answers
-- What devices were told a day before $1 or earlier is of no use any more.
delete from scan_answers where told_at < $1::timestamptz - interval '1 day';

-- name: keep_nodes
-- The zones of nodes; an older version changes nothing.
insert into nodes (node, version, zone)
select * from unnest($1::text[], $2::bigint[], $3::text[]) as told (node) order by node
on conflict (node) do update set version = excluded.version, zone = excluded.zone
where nodes.version < excluded.version;

-- name: keep_merchants
-- Merchants; an older version changes nothing.
insert into merchants (merchant, version, markets)
select merchant, version, array(select jsonb_array_elements_text(markets::jsonb))
from unnest($1::text[], $2::bigint[], $3::text[]) as told (merchant, version, markets) order by merchant
on conflict (merchant) do update set version = excluded.version, markets = excluded.markets
where merchants.version < excluded.version;

-- name: keep_policies
-- The priorities that policies give a head start; an older version changes nothing.
insert into policies (merchant, sku, version, priorities)
select merchant, sku, version, array(select jsonb_array_elements_text(priorities::jsonb))
from unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) as told (merchant, sku, version, priorities)
order by merchant, sku
on conflict (merchant, sku) do update set version = excluded.version, priorities = excluded.priorities
where policies.version < excluded.version;

-- name: keep_skus
-- Whose goods SKUs are, and what bundles are made of; an older version changes nothing, and what is known stays with its
-- merchant.
insert into skus (sku, version, merchant, components)
select sku, version, merchant, array(select jsonb_array_elements_text(components::jsonb))
from unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) as told (sku, version, merchant, components)
order by sku
on conflict (sku) do update
set version = excluded.version, merchant = excluded.merchant, components = excluded.components
where skus.version < excluded.version and (skus.version = 0 or skus.merchant = excluded.merchant);

-- name: keep_orders
-- Whose orders they are; the first to say so is right.
insert into orders (order_id, merchant)
select * from unnest($1::text[], $2::text[]) as told (order_id) order by order_id
on conflict do nothing;
