-- name: discrepancies
-- All that was ever said of these subjects.
select exception_id, exception_class, about, subject, facts, version, state
from discrepancies where about = $1 and subject = any ($2::text[]);

-- name: keep_discrepancies
-- What is open and what is settled.
insert into discrepancies (exception_id, exception_class, about, subject, facts, version, state)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::bigint[], $7::text[])
on conflict (exception_id) do update
set facts = excluded.facts, version = excluded.version, state = excluded.state;
