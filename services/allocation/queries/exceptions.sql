-- name: add_exceptions
-- Store once for ever what is found, open.
insert into exceptions (exception_id, exception_class, subject, facts)
select * from unnest($1::text[], $2::text[], $3::text[], $4::jsonb[]) as found (exception_id) order by exception_id
on conflict do nothing;

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
returning e.exception_id, e.exception_class, e.subject, e.facts, e.version, e.state;
