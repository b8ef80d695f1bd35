-- name: lock_transfers
-- Locks transfers in one sorted order, after positions: how each stands, and what is kept back for it.
select transfer_id, state, kept from transfers where transfer_id = any ($1::text[]) order by transfer_id for no key update;

-- name: keep_transfers
-- How transfers stand from now on, and what is kept back for them.
insert into transfers (transfer_id, state, kept)
select * from unnest($1::text[], $2::text[], $3::jsonb[]) as now_is (transfer_id)
order by transfer_id
on conflict (transfer_id) do update set state = excluded.state, kept = excluded.kept;
