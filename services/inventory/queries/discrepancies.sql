-- name: discrepancies
-- What was said of these before.
select exception_id, exception_class, sku, node, status, lot, subject, at, facts, version, state
from discrepancies where exception_id = any ($1::text[]);

-- name: open_discrepancies
-- What is open of these classes at locked positions, oldest first.
select exception_id, exception_class, sku, node, status, lot, subject, at, facts, version, state
from discrepancies join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
where state = 'open' and exception_class = any ($3::text[])
order by at, exception_id;

-- name: keep_discrepancies
-- What is open and what is settled, and since when it is open; the settled first, since one count of a lot is open at
-- most.
insert into discrepancies (exception_id, exception_class, sku, node, status, lot, subject, at, facts, version, state,
                           opened_at)
select *, $12 from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                          $8::timestamptz[], $9::jsonb[], $10::bigint[], $11::text[])
                   as told (exception_id, exception_class, sku, node, status, lot, subject, at, facts, version, state)
order by state = 'open'
on conflict (exception_id) do update
set at = excluded.at, facts = excluded.facts, version = excluded.version, state = excluded.state,
    opened_at = case when discrepancies.state = 'settled' and excluded.state = 'open'
                     then excluded.opened_at else discrepancies.opened_at end
returning exception_id, opened_at, node, (select p.merchant from products p where p.sku = discrepancies.sku) as merchant;
