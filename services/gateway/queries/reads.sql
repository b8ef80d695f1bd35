-- name: exceptions
-- What a person must look at, in the order of ids; those after $4, by state, class and subject where asked, of some
-- merchants and nodes.
select to_jsonb(asked) from (
    select exception_id, version, class, subject, facts, state, opened_at, node, merchant, $6::jsonb -> class as actions
    from exceptions
    where ($1::text is null or state = $1) and ($2::text is null or class = $2) and ($3::text is null or subject = $3)
      and ($4::text is null or exception_id > $4)
      and ($7::text[] is null or merchant = any ($7)) and ($8::text[] is null or node = any ($8))
    order by exception_id
    limit $5
) asked;

-- name: requests
-- What people asked for, newest first, before $5; by order, subject, state and actor where asked, of some merchants and
-- nodes.
select to_jsonb(asked) from (
    select request_id, kind, subject, order_id, merchant, node, actor, why, body, state, made_at, due_at, sent_at,
           settled_at, change_no, cause, undone_by, outcome
    from requests
    where ($1::text is null or order_id = $1) and ($2::text is null or subject = $2)
      and ($3::text is null or state = $3) and ($4::text is null or actor = $4)
      and ($5::text is null or request_id < $5)
      and ($7::text[] is null or merchant = any ($7)) and ($8::text[] is null or node = any ($8))
    order by request_id desc
    limit $6
) asked;

-- name: advices
-- What a supplier was told of a truck.
select to_jsonb(asked) from (
    select asn_id, version, supplier_id, node, closed_at, lines, format, document
    from receiving_advices
    where asn_id = $1 and ($2::text[] is null or node = any ($2))
) asked;

-- name: asn_files
-- What became of a file.
select to_jsonb(asked) from (
    select file_id, sender, state, test, asns, faults, answer from asn_files where file_id = $1
) asked;

-- name: dock
-- What happened at a node's doors between two instants, or is to happen.
select to_jsonb(asked) from (
    select asn_id, kind, state, at, ends_at, door, details
    from dock_events
    where node = $1 and at >= $2 and at < $3
    order by at, asn_id, kind, subject
) asked;

-- name: dock_of_asn
-- What happened to a truck at the doors, or is to happen; a refused request names the next free slots.
select to_jsonb(asked) from (
    select asn_id, kind, state, at, ends_at, door, details
    from dock_events
    where asn_id = $1 and ($2::text[] is null or node = any ($2))
    order by at nulls first, kind, subject
) asked;

-- name: scan_answers
-- What a device was told, newest first, of one scan where asked.
select to_jsonb(asked) from (
    select scan_id, device_id, told, told_at
    from scan_answers
    where device_id = $1 and ($2::text is null or scan_id = $2) and ($4::text[] is null or node = any ($4))
    order by told_at desc, scan_id
    limit $3
) asked;

-- name: zone_of
-- Where a node's day begins.
select zone from nodes where node = $1;

-- name: closed
-- What a closed truck came to.
select to_jsonb(asked) from (
    select asn_id, node, at as closed_at, details -> 'lines' as lines
    from dock_events
    where asn_id = $1 and kind = 'close' and ($2::text[] is null or node = any ($2))
) asked;

-- name: inbound
-- What is on its way to positions, of some merchants' SKUs and some nodes where asked.
select to_jsonb(asked) from (
    select i.sku, i.node, i.version, i.after_sequence, i.supplies
    from inbound i left join skus s using (sku)
    where ($1::text is null or i.sku = $1) and ($2::text is null or i.node = $2)
      and ($4::text[] is null or s.merchant = any ($4)) and ($5::text[] is null or i.node = any ($5))
    order by i.sku, i.node
    limit $3
) asked;

-- name: queues_by_value
-- The positions for which most money waits, of some merchants' SKUs and some nodes where asked.
select to_jsonb(asked) from (
    select q.sku, q.node, q.version, q.waiting_lines, q.waiting_units, q.waiting_value
    from queues q left join skus s using (sku)
    where q.waiting_lines > 0 and ($1::text is null or q.node = $1)
      and ($3::text[] is null or s.merchant = any ($3)) and ($4::text[] is null or q.node = any ($4))
    order by q.waiting_value desc, q.sku, q.node
    limit $2
) asked;

-- name: queues_by_units
-- The positions for which most units wait, of some merchants' SKUs and some nodes where asked.
select to_jsonb(asked) from (
    select q.sku, q.node, q.version, q.waiting_lines, q.waiting_units, q.waiting_value
    from queues q left join skus s using (sku)
    where q.waiting_lines > 0 and ($1::text is null or q.node = $1)
      and ($3::text[] is null or s.merchant = any ($3)) and ($4::text[] is null or q.node = any ($4))
    order by q.waiting_units desc, q.sku, q.node
    limit $2
) asked;

-- name: availability
-- What a product page shows, for all nodes together where none is named.
select to_jsonb(asked) from (
    select sku, nullif(node, '') as node, merchant, version, state, available_to_sell, breaks, max_orderable, ships_by,
           as_of, valid_until, alternatives
    from availability
    where sku = $1 and ($2::text is null or node = $2)
      and ($3::text[] is null or merchant = any ($3)) and ($4::text[] is null or node = any ($4))
    order by availability.node
) asked;

-- name: promises
-- What the lines of an order were promised, and for how many units they still wait.
select to_jsonb(asked) from (
    select p.order_id, p.line_id, p.line_version, p.sku, p.node, p.units as promised_units,
           coalesce(w.units, 0) as waiting_units, p.earliest, p.latest, p.supply_id, p.reason, p.cause
    from promises p left join waiting w using (order_id, line_id)
    where p.order_id = $1
      and ($2::text[] is null or exists (select from orders o where o.order_id = p.order_id and o.merchant = any ($2)))
      and ($3::text[] is null or p.node = any ($3))
    order by p.line_id
) asked;

-- name: order_lines
-- What became of the lines of an order: what waits, was released, left, was cancelled, swapped or declined.
select to_jsonb(asked) from (
    select $1::text as order_id, l.line_id, coalesce(o.sku, p.sku, a.sku, c.sku, d.sku) as sku, o.units as ordered_units,
           coalesce(w.units, 0) as waiting_units, w.earliest, w.latest,
           greatest(0, coalesce(a.at_once, 0) + coalesce(r.units, 0)) as released_units,
           coalesce(s.units, 0) as shipped_units, coalesce(c.units, 0) as cancelled_units,
           coalesce(c.swaps, '[]') as swapped,
           case when d.line_id is not null
                then jsonb_build_object('units', d.units, 'reason', d.reason, 'alternatives', d.alternatives)
           end as declined,
           m.due_by as refund_due_by
    from (
        select line_id from ordered_lines where order_id = $1 union select line_id from promises where order_id = $1
        union select line_id from allocated_units where order_id = $1 union select line_id from cancelled_units where order_id = $1
        union select line_id from declined_lines where order_id = $1
    ) l
    left join ordered_lines o on o.order_id = $1 and o.line_id = l.line_id
    left join promises p on p.order_id = $1 and p.line_id = l.line_id
    left join waiting w on w.order_id = $1 and w.line_id = l.line_id
    left join declined_lines d on d.order_id = $1 and d.line_id = l.line_id
    cross join lateral (
        select sum(units) as units from releases where order_id = $1 and line_id = l.line_id
    ) r
    cross join lateral (
        select min(sku) as sku, sum(units) as at_once from allocated_units where order_id = $1 and line_id = l.line_id
    ) a
    cross join lateral (
        select min(sku) as sku, min(wanted) as wanted, sum(units) filter (where new_line_id is null) as units,
               jsonb_agg(jsonb_build_object('units', units, 'new_line_id', new_line_id) order by line_version)
                   filter (where new_line_id is not null) as swaps
        from cancelled_units where order_id = $1 and line_id = l.line_id
    ) c
    cross join lateral (
        select sum(units) as units from shipped_units
        where order_id = $1 and line_id = l.line_id and sku = coalesce(o.sku, p.sku, a.sku, c.sku, d.sku)
    ) s
    cross join lateral (
        select min(due_by) as due_by from refunds where order_id = $1 and line_id = l.line_id
    ) m
    where $2::text[] is null or exists (select from orders whose where whose.order_id = $1 and whose.merchant = any ($2))
    order by l.line_id
) asked;
