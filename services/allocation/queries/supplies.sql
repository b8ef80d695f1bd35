-- name: supplies
-- What will serve those who wait at locked positions; of what is on its way what is expected, less what is in stock: and
-- the days on which how many of these units expire.
select s.sku, s.node, s.kind, s.supply_id, greatest(0, s.expected - s.stocked) as units, s.earliest, s.latest, s.cause,
       s.reason, s.on_time_share, s.reliable_on, s.short_lived, s.is_estimated, lots.expire_on, lots.expiring
from supplies s join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
cross join lateral (
    select array_agg(l.expires_on order by l.expires_on) as expire_on,
           array_agg(l.expected - l.stocked order by l.expires_on) as expiring
    from supply_lots l
    where l.sku = s.sku and l.node = s.node and l.supply_id = s.supply_id and l.expected > l.stocked
      and s.kind = 'inbound'
) lots
where s.is_listed;

-- name: unloading
-- Positions to which a supply is being unloaded: some of it is in stock, and some is to come.
select distinct s.sku, s.node
from supplies s join unnest($1::text[], $2::text[]) as asked (sku, node) using (sku, node)
where s.is_listed and s.kind = 'inbound' and s.stocked > 0 and s.expected > s.stocked;

-- name: list_lots
-- Write when units on their way to positions expire, as announced last; of what is not announced any more none come.
insert into supply_lots (sku, node, supply_id, expires_on, expected, stocked)
select sku, node, supply_id, expires_on, sum(units), 0
from (
    select * from unnest($3::text[], $4::text[], $5::text[], $6::date[], $7::bigint[])
         as told (sku, node, supply_id, expires_on, units)
    union all
    select known.* from unnest($1::text[], $2::text[]) as asked (sku, node)
    cross join lateral (
        select l.sku, l.node, l.supply_id, l.expires_on, 0
        from supply_lots l where l.sku = asked.sku and l.node = asked.node and l.expected > 0
    ) known
) told
group by sku, node, supply_id, expires_on
order by sku, node, supply_id, expires_on
on conflict (sku, node, supply_id, expires_on) do update set expected = excluded.expected
where supply_lots.expected <> excluded.expected;

-- name: add_stocked_lots
-- Units of supplies with a known expiry that are in stock, in whatever status.
insert into supply_lots (sku, node, supply_id, expires_on, expected, stocked)
select sku, node, supply_id, expires_on, 0, units
from unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::bigint[])
     as landed (sku, node, supply_id, expires_on, units)
on conflict (sku, node, supply_id, expires_on) do update set stocked = supply_lots.stocked + excluded.stocked;

-- name: set_short_lived
-- How many units of supplies nobody is promised from now on, since they expire too soon.
update supplies s set short_lived = now_is.units
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
     as now_is (sku, node, kind, supply_id, units)
where s.sku = now_is.sku and s.node = now_is.node and s.kind = now_is.kind and s.supply_id = now_is.supply_id;

-- name: add_stocked
-- Units of supplies that are in stock, in whatever status.
insert into supplies (sku, node, kind, supply_id, is_listed, expected, stocked, cause, reason)
select sku, node, 'inbound', supply_id, false, 0, units, '', ''
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as landed (sku, node, supply_id, units)
on conflict (sku, node, kind, supply_id) do update set stocked = supplies.stocked + excluded.stocked;

-- name: unlist_supplies
-- Take all supplies off the inbound of positions, before it is written anew.
update supplies s set is_listed = false
from unnest($1::text[], $2::text[]) as told (sku, node)
where s.sku = told.sku and s.node = told.node and s.is_listed and s.kind = 'inbound';

-- name: list_supplies
-- Write the inbound of positions as announced last.
insert into supplies (sku, node, kind, supply_id, is_listed, expected, stocked, earliest, latest, cause, reason,
                      on_time_share, reliable_on, is_estimated)
select sku, node, 'inbound', supply_id, true, expected, 0, earliest, latest, cause, reason, on_time_share, reliable_on,
       is_estimated
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::date[], $6::date[], $7::text[], $8::text[],
            $9::int[], $10::date[], $11::boolean[])
     as told (sku, node, supply_id, expected, earliest, latest, cause, reason, on_time_share, reliable_on, is_estimated)
on conflict (sku, node, kind, supply_id) do update
set is_listed = true, expected = excluded.expected, earliest = excluded.earliest, latest = excluded.latest,
    cause = excluded.cause, reason = excluded.reason, on_time_share = excluded.on_time_share,
    reliable_on = excluded.reliable_on, is_estimated = excluded.is_estimated;

-- name: set_inbound
-- How far the news of inbound has been applied.
update positions p set inbound_version = told.version
from unnest($1::text[], $2::text[], $3::bigint[]) as told (sku, node, version)
where p.sku = told.sku and p.node = told.node;

-- name: keep_supplies
-- Supplies of locked positions that allocation derives, as they are from now on.
insert into supplies (sku, node, kind, supply_id, is_listed, expected, stocked, earliest, latest, cause, reason)
select sku, node, kind, supply_id, true, units, 0, earliest, latest, cause, reason
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::date[], $7::date[], $8::text[], $9::text[])
     as now_is (sku, node, kind, supply_id, units, earliest, latest, cause, reason)
on conflict (sku, node, kind, supply_id) do update
set expected = excluded.expected, earliest = excluded.earliest, latest = excluded.latest, cause = excluded.cause,
    reason = excluded.reason;

-- name: drop_supplies
-- Delete supplies of locked positions that allocation derived and that serve nobody any more.
delete from supplies s
using unnest($1::text[], $2::text[], $3::text[], $4::text[]) as gone (sku, node, kind, supply_id)
where s.sku = gone.sku and s.node = gone.node and s.kind = gone.kind and s.supply_id = gone.supply_id;

-- name: move_supplies
-- Supplies of locked positions that nobody has heard of in time are ready in other windows from now on.
update supplies s
set earliest = now_is.earliest, latest = now_is.latest, reason = now_is.reason, cause = now_is.cause
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::date[], $6::date[], $7::text[], $8::text[])
     as now_is (sku, node, kind, supply_id, earliest, latest, reason, cause)
where s.sku = now_is.sku and s.node = now_is.node and s.kind = now_is.kind and s.supply_id = now_is.supply_id;

-- name: keep_suppliers
-- How often suppliers are on time, as told last.
insert into suppliers (supplier_id, on_time_share, told_at)
select * from unnest($1::text[], $2::int[], $3::timestamptz[]) as told (supplier_id)
order by supplier_id
on conflict (supplier_id) do update set on_time_share = excluded.on_time_share, told_at = excluded.told_at
where suppliers.told_at <= excluded.told_at;
