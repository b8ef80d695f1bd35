-- name: key_in_force
-- A key that was not revoked.
select prefix, secret_hash, scopes, merchants, nodes, rate, name from api_keys where prefix = $1 and revoked_at is null;

-- name: make_key
-- A new key.
insert into api_keys (prefix, secret_hash, scopes, merchants, nodes, rate, name) values ($1, $2, $3, $4, $5, $6, $7);

-- name: keys
-- All keys, oldest first.
select prefix, scopes, merchants, nodes, rate, name, made_at, revoked_at from api_keys order by made_at, prefix;

-- name: revoke_key
-- Ends a key.
update api_keys set revoked_at = now() where prefix = $1 and revoked_at is null returning prefix;

-- name: keep_answer
-- Remembers an answer, unless the request was answered before.
insert into idempotent_answers (request, content, answer) values ($1, $2, $3) on conflict do nothing returning true;

-- name: answer_kept
-- What a request was answered before, and the seal of what it said.
select content, answer from idempotent_answers where request = $1;

-- name: forget_answers
-- Delete answers that are a day old.
delete from idempotent_answers where answered_at < now() - interval '1 day';

-- name: claim_sku
-- Claim a SKU for a merchant; nothing comes back when it is another's.
insert into skus (sku, version, merchant) values ($1, 0, $2)
on conflict (sku) do update set merchant = skus.merchant where skus.merchant = excluded.merchant
returning true;

-- name: claim_order
-- Claim an order for a merchant; nothing comes back when it is another's.
insert into orders (order_id, merchant) values ($1, $2)
on conflict (order_id) do update set merchant = orders.merchant where orders.merchant = excluded.merchant
returning true;

-- name: merchants_of
-- The merchants of those of these SKUs that are known, and whether they are bundles.
select sku, merchant, components <> '{}' as is_bundle from skus where sku = any ($1::text[]);

-- name: merchant_of_order
-- Whose order it is.
select merchant from orders where order_id = $1;

-- name: bundle_of
-- A bundle that a SKU is a component of.
select sku from skus where components @> array[$1::text] order by sku limit 1;

-- name: is_held_back
-- Whether customers are not told of a cause until a person confirms it; one that was rejected may yet be confirmed.
select exists (
    select from exceptions
    where class = 'telling_held' and subject = $1 and (state = 'open' or facts ->> 'state' = 'rejected')
      and ($2::text[] is null or merchant = any ($2)) and ($3::text[] is null or node = any ($3))
);

-- name: knows_exception
-- Whether there is such an exception, at some merchants and nodes.
select exists (
    select from exceptions
    where exception_id = $1 and ($2::text[] is null or merchant = any ($2)) and ($3::text[] is null or node = any ($3))
);

-- name: knows_truck
-- Whether a truck was booked at some nodes, or arrived there.
select exists (select from dock_events where asn_id = $1 and node = any ($2::text[]));

-- name: knows_node
-- Whether a node is known.
select exists (select from nodes where node = $1);

-- name: knows_merchant
-- Whether a merchant is known.
select exists (select from merchants where merchant = $1);

-- name: sells_to
-- Whether a merchant sells to a market.
select exists (select from merchants where merchant = $1 and (markets = '{}' or $2 = any (markets)));

-- name: knows_priority
-- Whether a policy of the merchant names a priority.
select exists (select from policies where merchant = $1 and $2 = any (priorities));
