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
-- What is open and what is settled.
insert into discrepancies (exception_id, exception_class, about, subject, facts, version, state)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::bigint[], $7::text[])
on conflict (exception_id) do update
set facts = excluded.facts, version = excluded.version, state = excluded.state;
