-- name: discrepancies
-- All that was ever said of these subjects.
select exception_id, exception_class, about, subject, facts, version, state
from discrepancies where about = $1 and subject = any ($2::text[]);

-- name: open_discrepancies
-- What is open of these subjects.
select d.exception_id, d.exception_class, d.about, d.subject, d.facts, d.version, d.state
from discrepancies d join unnest($1::text[], $2::text[]) as asked (about, subject) using (about, subject)
where d.state = 'open'
order by d.exception_id;

-- name: lock_discrepancies
-- Locks what a person has dealt with, in one sorted order.
select exception_id, exception_class, about, subject, facts, version, state
from discrepancies where exception_id = any ($1::text[]) order by exception_id for no key update;

-- name: keep_discrepancies
-- What is open and what is settled; since when it is open, at which node, and whose it is.
insert into discrepancies (exception_id, exception_class, about, subject, facts, version, state, opened_at)
select *, $8 from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::bigint[], $7::text[])
on conflict (exception_id) do update
set facts = excluded.facts, version = excluded.version, state = excluded.state,
    opened_at = case when discrepancies.state = 'settled' and excluded.state = 'open'
                     then excluded.opened_at else discrepancies.opened_at end
returning exception_id, opened_at,
          coalesce(facts ->> 'node', (
              select a.node from asns a
              where a.asn_id = coalesce(facts ->> 'asn_id', case about when 'asn' then subject end)
          )) as node,
          (select nullif(p.merchant, '') from products p where p.sku = facts ->> 'sku') as merchant;
