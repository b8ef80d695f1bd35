-- name: plan_request
-- A request, of the merchant and the node that its order, its SKU or its exception is of.
insert into requests (request_id, kind, subject, order_id, merchant, node, actor, why, body, traceparent, state, made_at,
                      due_at)
select $1, $2, $3, $4::text,
       coalesce((select merchant from orders where order_id = $4::text), (select merchant from skus where sku = $5::text),
                (select merchant from exceptions where exception_id = $3),
                (select min(merchant) from exceptions where class = 'telling_held' and subject = $3)),
       coalesce($6::text, (select node from exceptions where exception_id = $3),
                (select min(node) from exceptions where class = 'telling_held' and subject = $3)),
       $7, $8, $9::jsonb, $10, 'planned', $11, $12;

-- name: due_requests
-- Requests that are due, of those that nobody else sends or undoes at this moment.
select request_id, kind, body, traceparent from requests
where state = 'planned' and due_at <= $1
order by due_at, request_id
limit $2
for update skip locked;

-- name: requests_of_orders
-- Requests that wait for some orders, which wait for whoever sends or undoes one of them at this moment.
select request_id, kind, body, traceparent from requests
where state = 'planned' and order_id = any ($1::text[])
order by request_id
for update;

-- name: sent_requests
-- Requests that became events.
update requests r set state = 'sent', sent_at = $1, cause = one.cause, change_no = one.change_no
from unnest($2::text[], $3::text[], $4::bigint[]) as one (request_id, cause, change_no)
where r.request_id = one.request_id;

-- name: undo_request
-- Undoes a request that was not sent yet.
update requests set state = 'undone', settled_at = $2, undone_by = $3, outcome = $4
where request_id = $1 and state = 'planned'
returning request_id;

-- name: request_kind
-- What a request became or is to become, of an order or of some merchants and nodes.
select kind from requests
where request_id = $1 and ($2::text is null or order_id = $2)
  and ($3::text[] is null or merchant = any ($3)) and ($4::text[] is null or node = any ($4));

-- name: done_requests
-- Requests whose event has caused what was asked.
update requests set state = 'done', settled_at = $1 where cause = any ($2::text[]) and state = 'sent';

-- name: settled_requests
-- Requests about exceptions that are settled.
update requests set state = 'done', settled_at = $1
where subject = any ($2::text[]) and kind in ('ExceptionSettleRequested', 'TellingConfirmed', 'TellingRejected')
  and state = 'sent';

-- name: refused_requests
-- Requests that were refused, named by their event; one that was done in part stays done.
update requests r
set state = case when r.state = 'sent' then 'refused' else r.state end, settled_at = coalesce(r.settled_at, $1),
    outcome = one.outcome
from unnest($2::text[], $3::text[]) as one (cause, outcome)
where r.cause = one.cause and r.state in ('sent', 'done');

-- name: impossible_requests
-- Requests whose change of an order cannot be made, named by its number.
update requests r set state = 'refused', settled_at = $1, outcome = one.outcome
from unnest($2::text[], $3::bigint[], $4::text[]) as one (order_id, change_no, outcome)
where r.order_id = one.order_id and r.change_no = one.change_no and r.state = 'sent';

-- name: lock_order
-- An order whose changes are counted, one at a time.
select from orders where order_id = $1 for update;
