-- name: add_exceptions
-- Store once for ever what is found, open, with the node and the merchant of its order where they are known.
insert into exceptions (exception_id, exception_class, subject, facts, node, merchant, opened_at)
select f.exception_id, f.exception_class, f.subject, f.facts,
       coalesce(f.facts ->> 'node', (select min(l.node) from lines l
                                     where l.order_id = f.subject having count(distinct l.node) = 1)),
       coalesce(f.merchant, (select o.merchant from orders o where o.order_id = f.subject)), $6
from unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::text[])
     as f (exception_id, exception_class, subject, facts, merchant)
order by f.exception_id
on conflict (exception_id) do update set exception_id = excluded.exception_id
returning exception_id, opened_at, node, merchant;

-- name: known_exceptions
-- Which of these were found before.
select exception_id from exceptions where exception_id = any ($1::text[]);

-- name: settle_exceptions
-- Settle open exceptions, with who and why; the rest stays as it is.
update exceptions e
set state = 'settled', version = e.version + 1,
    facts = e.facts || jsonb_build_object('settled_by', asked.settled_by, 'why', asked.why)
from unnest($1::text[], $2::text[], $3::text[]) as asked (exception_id, settled_by, why)
where e.exception_id = asked.exception_id and e.state = 'open'
returning e.exception_id, e.exception_class, e.subject, e.facts, e.version, e.state, e.opened_at, e.node, e.merchant;
