-- name: known_counts
-- Which of these counts were taken already.
select count_id from counts where count_id = any ($1::text[]);

-- name: since
-- By how many units each lot and status has changed since it was counted.
select asked.count_id, coalesce(later.units, 0)::bigint as units
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
     as asked (count_id, sku, node, status, lot, counted_at)
left join lateral (
    select sum(m.delta) as units from movements m
    where m.sku = asked.sku and m.node = asked.node and m.status = asked.status and m.lot = asked.lot
      and m.happened_at > asked.counted_at
) later on true;

-- name: add_counts
-- Keeps counts and what became of them, in the order they were judged.
insert into counts (count_id, sku, node, status, lot, kind, recount_of, units, ledger, outcome, counted_at)
select count_id, sku, node, status, lot, kind, recount_of, units, ledger, outcome, counted_at
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
            $9::bigint[], $10::text[], $11::timestamptz[])
     with ordinality as judged (count_id, sku, node, status, lot, kind, recount_of, units, ledger, outcome, counted_at,
                                turn)
order by turn;

-- name: add_reports
-- Takes reports that nobody has taken yet.
insert into reports (report_id, sku, node, kind, as_of)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
on conflict do nothing
returning report_id, sku, node;

-- name: started
-- Which positions are opened, or had movements before the instant asked.
select p.sku, p.node
from unnest($1::text[], $2::text[], $3::timestamptz[]) as asked (sku, node, at)
join positions p using (sku, node)
where p.opened_at is not null
   or exists (select from movements m where m.sku = asked.sku and m.node = asked.node and m.happened_at < asked.at);

-- name: set_opened
-- The floor has told the first balance of these positions.
update positions p set opened_at = told.at
from unnest($1::text[], $2::text[], $3::timestamptz[]) as told (sku, node, at)
where p.sku = told.sku and p.node = told.node;

-- name: compared
-- As of when positions were compared last, or opened: an older report has nothing to say.
select sku, node, greatest(compared_at, opened_at) as compared_at
from positions join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
where compared_at is not null or opened_at is not null;

-- name: set_compared
-- The floor's newest report of these positions has been compared.
update positions p set compared_at = told.at
from unnest($1::text[], $2::text[], $3::timestamptz[]) as told (sku, node, at)
where p.sku = told.sku and p.node = told.node;

-- name: on_hand_as_of
-- What positions held by lot and status at an instant of the floor.
select l.sku, l.node, l.status, l.lot, (l.on_hand - coalesce(later.units, 0))::bigint as units
from unnest($1::text[], $2::text[], $3::timestamptz[]) as asked (sku, node, at)
join lots l using (sku, node)
left join lateral (
    select sum(m.delta) as units from movements m
    where m.sku = l.sku and m.node = l.node and m.status = l.status and m.lot = l.lot and m.happened_at > asked.at
) later on true
where l.on_hand <> coalesce(later.units, 0);
