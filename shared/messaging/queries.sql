-- name: claim
-- Takes events that nobody has taken yet, in one sorted order.
insert into inbox (source, event_id, topic, outcome)
select source, event_id, topic, 'done'
from unnest($1::text[], $2::text[], $3::text[]) as taken (source, event_id, topic)
order by source, event_id
on conflict do nothing
returning source, event_id;

-- name: mend
-- Takes the dead letters in whose place the same events were sent again.
with mended as (
    delete from dead_letters d
    using unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[])
          as again (source, event_id, topic, partition, "offset")
    where d.source = again.source and d.event_id = again.event_id
      and (d.topic, d.partition, d."offset") <> (again.topic, again.partition, again."offset")
    returning d.source, d.event_id
)
update inbox set outcome = 'done', claimed_at = now()
from mended where inbox.source = mended.source and inbox.event_id = mended.event_id
returning inbox.source, inbox.event_id;

-- name: unpark
-- Takes parked events to handle them again.
delete from parked where id = any ($1::bigint[]) returning id;

-- name: behind_dead_letters
-- Events whose key has a dead letter on an ordered topic, or others waiting behind one: they must wait too.
select asked.place
from unnest($1::text[], $2::bytea[], $3::bigint[]) with ordinality as asked (topic, key, parked_id, place)
where exists (select from dead_letters d where d.topic = asked.topic and d.key = asked.key and d.blocks)
   or exists (select from parked p
              where p.topic = asked.topic and p.key = asked.key and p.waits_for like 'dead:%'
                and (asked.parked_id is null or p.id < asked.parked_id));

-- name: park
-- Keeps events until what they wait for arrives; each further attempt waits twice as long, up to ten minutes.
insert into parked (id, source, event_id, topic, partition, "offset", key, body, headers, waits_for, attempts,
                    is_named, parked_at, retry_at)
select coalesce(id, nextval(pg_get_serial_sequence('parked', 'id'))), source, event_id, topic, partition, "offset",
       key, body, headers, waits_for, attempts, is_named, coalesce(parked_at, now()),
       now() + least(interval '1 second' * 2 ^ least(attempts, 10), interval '10 minutes')
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::bytea[], $8::bytea[],
            $9::bytea[], $10::text[], $11::int[], $12::timestamptz[], $13::bool[])
     as waiting (id, source, event_id, topic, partition, "offset", key, body, headers, waits_for, attempts, parked_at,
                 is_named);

-- name: set_outcome
-- Says what became of events that were taken.
update inbox set outcome = $3
from unnest($1::text[], $2::text[]) as taken (source, event_id)
where inbox.source = taken.source and inbox.event_id = taken.event_id and inbox.outcome <> $3;

-- name: wake_parked
-- What parked events waited for is there.
update parked set retry_at = now() where waits_for = any ($1::text[]) and retry_at > now() returning id;

-- name: due_parked
-- Parked events that may be tried now, oldest first.
select id, topic, partition, "offset", key, body, headers, parked_at, attempts,
       clock_timestamp() - parked_at as waited
from parked
where retry_at <= clock_timestamp()
order by id
limit $1;

-- name: waits
-- What is waited for, the longest first.
select waits_for, since, events, topics, source, event_id from waits order by since, waits_for limit $1;

-- name: new_long_waits
-- What has been waited for since more than $1 and was not named yet, the longest first.
select waits_for, since, events, topics, source, event_id from waits
where since < now() - $1::interval and not is_named
  and not exists (select from long_waits w where w.waits_for = waits.waits_for)
order by since, waits_for limit $2;

-- name: add_long_waits
-- What a person hears of, since it is waited for too long.
insert into long_waits (exception_id, waits_for, facts, opened_at)
select *, $4 from unnest($1::text[], $2::text[], $3::jsonb[]) as found (exception_id, waits_for, facts);

-- name: end_long_waits
-- What nothing waits for any more.
delete from long_waits w where not exists (select from parked p where p.waits_for = w.waits_for and not p.is_named)
returning exception_id, waits_for, facts, is_settled, opened_at;

-- name: settle_long_waits
-- A person has dealt with these.
update long_waits w
set is_settled = true, facts = w.facts || jsonb_build_object('settled_by', asked.settled_by, 'why', asked.why)
from unnest($1::text[], $2::text[], $3::text[]) as asked (exception_id, settled_by, why)
where w.exception_id = asked.exception_id and not w.is_settled
returning w.exception_id, w.waits_for, w.facts, w.opened_at;

-- name: bury
-- Keeps an event that could not be handled.
insert into dead_letters (source, event_id, topic, partition, "offset", key, body, headers, reason, blocks)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict do nothing;

-- name: condemn
-- Claims one event as dead, unless it was done or died before.
insert into inbox (source, event_id, topic, outcome) values ($1, $2, $3, 'dead')
on conflict (source, event_id) do update set outcome = 'dead' where inbox.outcome = 'parked'
returning true;

-- name: exhume
-- Takes dead letters back, of one topic or of all: in the order they died, before all that was parked behind them.
with risen as (
    delete from dead_letters where $1::text is null or topic = $1 returning *
), reset as (
    update inbox set outcome = 'parked'
    from risen where inbox.source = risen.source and inbox.event_id = risen.event_id
)
insert into parked (id, source, event_id, topic, partition, "offset", key, body, headers, waits_for, attempts, retry_at)
select (select least(min(id), 0) from parked) - row_number() over (order by risen.id desc),
       source, event_id, topic, partition, "offset", key, body, headers, 'dead:' || topic, 0, now()
from risen
returning id;

-- name: discard
-- Gives up dead letters for good, and says who did and why; what was parked behind them may go on.
with gone as (
    delete from dead_letters d
    using unnest($1::text[], $2::int[], $3::bigint[]) as asked (topic, partition, "offset")
    where d.topic = asked.topic and d.partition = asked.partition and d."offset" = asked."offset"
    returning d.*
), told as (
    insert into discarded (source, event_id, topic, partition, "offset", key, reason, died_at, discarded_by, why)
    select source, event_id, topic, partition, "offset", key, reason, died_at, $4::text, $5::text from gone
), closed as (
    update inbox set outcome = 'discarded'
    from gone where inbox.source = gone.source and inbox.event_id = gone.event_id
)
update parked p set retry_at = now()
from gone
where p.topic = gone.topic and p.key = gone.key and p.waits_for like 'dead:%' and p.retry_at > now();

-- name: discard_waiting
-- Gives up what waits for something that will never come, and says who did and why; not what is behind a dead letter.
with gone as (
    delete from parked p where p.waits_for = $1 and p.waits_for not like 'dead:%' returning p.*
), told as (
    insert into discarded (source, event_id, topic, partition, "offset", key, reason, died_at, discarded_by, why)
    select source, event_id, topic, partition, "offset", key, 'waited for ' || waits_for, parked_at, $2::text, $3::text
    from gone
)
update inbox set outcome = 'discarded'
from gone where inbox.source = gone.source and inbox.event_id = gone.event_id
returning gone.topic, gone.partition, gone."offset", gone.key;

-- name: erase_dead_letters
-- Forgets dead letters of keys that are erased.
with gone as (
    delete from dead_letters d using unnest($1::text[], $2::bytea[]) as erased (topic, key)
    where d.topic = erased.topic and d.key = erased.key
    returning d.source, d.event_id
)
update inbox set outcome = 'discarded'
from gone where inbox.source = gone.source and inbox.event_id = gone.event_id;

-- name: erase_parked
-- Forgets what is parked under keys that are erased.
with gone as (
    delete from parked p using unnest($1::text[], $2::bytea[]) as erased (topic, key)
    where p.topic = erased.topic and p.key = erased.key
    returning p.source, p.event_id
)
update inbox set outcome = 'discarded'
from gone where inbox.source = gone.source and inbox.event_id = gone.event_id;

-- name: discarded
-- The dead letters that were given up at these places: by whom, why and when.
select d.topic, d.partition, d."offset", d.key, d.reason, d.discarded_by, d.why, d.discarded_at
from discarded d
join unnest($1::text[], $2::int[], $3::bigint[]) as asked (topic, partition, "offset") using (topic, partition, "offset")
order by d.topic, d.partition, d."offset";

-- name: dead_letters
-- What could not be handled, of one topic or of all, in the order it died.
select topic, partition, "offset", key, reason, died_at
from dead_letters where $1::text is null or topic = $1
order by id;

-- name: unsent
-- The next events to publish, past those that are published and not deleted yet: at least one, and no more than so many
-- bytes before the last of them.
select id, topic, key, body, headers from (
    select *, sum(bytes) over (order by id) - bytes as bytes_before from (
        select *, octet_length(key) + coalesce(octet_length(body), 0) + octet_length(headers) as bytes
        from outbox where id <> all ($1::bigint[]) order by id limit $2
    ) next
) counted
where bytes_before < $3 order by id;

-- name: forget_sent
-- Delete events that are published.
delete from outbox where id = any ($1::bigint[]);

-- name: forget_inbox
-- Claims older than the topic keeps its events can never be asked about again.
delete from inbox
using unnest($1::text[], $2::interval[]) as kept (topic, keeps)
where inbox.topic = kept.topic and inbox.outcome = 'done' and inbox.claimed_at < now() - kept.keeps;

-- name: end_frozen
-- Ends connections of this role that execute a statement and wait for more of it.
select pg_terminate_backend(pid) from pg_stat_activity
where usename = current_user and datname = current_database() and state = 'active' and wait_event = 'ClientRead'
  and query_start < now() - $1::interval;

-- name: stop
-- The service stopped, unless that is known.
insert into stopped (service, since) values ($1, $2) on conflict do nothing returning since;

-- name: go_on
-- The service gets something done again.
delete from stopped where service = $1 returning since;

-- name: clock
-- The business time.
select clock();

-- name: notify
-- Wakes the relay of another process at commit.
select pg_notify($1, '');

-- name: state
-- How much waits, for /health.
select (select count(*) from outbox) as unsent,
       (select count(*) from parked) as parked,
       (select count(*) from dead_letters) as dead;

-- name: natural_ids
-- What ids stand for.
select names, natural_id, digest, body
from natural_ids join unnest($1::text[], $2::text[]) as asked (names, natural_id) using (names, natural_id);

-- name: keep_natural_ids
-- What ids stand for from now on, the first content of each.
insert into natural_ids (names, natural_id, digest, body)
select * from unnest($1::text[], $2::text[], $3::bytea[], $4::text[]) as told (names, natural_id)
order by names, natural_id
on conflict do nothing;

-- name: add_reused_ids
-- Ids that were used again for something else, each other content once; those that are new.
insert into reused_ids (exception_id, subject, facts, opened_at)
select *, $4 from unnest($1::text[], $2::text[], $3::jsonb[]) as found (exception_id) order by exception_id
on conflict do nothing
returning exception_id;

-- name: settle_reused_ids
-- A person has dealt with these.
update reused_ids r
set settled_at = now(), facts = r.facts || jsonb_build_object('settled_by', asked.settled_by, 'why', asked.why)
from unnest($1::text[], $2::text[], $3::text[]) as asked (exception_id, settled_by, why)
where r.exception_id = asked.exception_id and r.settled_at is null
returning r.exception_id, r.subject, r.facts, r.opened_at;
