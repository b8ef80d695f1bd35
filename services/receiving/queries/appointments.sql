-- name: rhythms
-- Where and when nodes work, and in how many days they want a truck in stock.
select node, zone, working_days, holidays, dock_days from nodes where node = any ($1::text[]);

-- name: docks
-- The doors of nodes; a node without doors has no dock.
select node, zone, working_days, holidays, doors, coalesce(opens, time '00:00') as opens,
       coalesce(closes, time '00:00') as closes, coalesce(slot_minutes, 1) as slot_minutes,
       coalesce(no_show_minutes, 1) as no_show_minutes, dock_days
from nodes where node = any ($1::text[]);

-- name: lock_docks
-- Nobody else gives away the doors of these nodes until the end of the transaction.
select node from nodes where node = any ($1::text[]) order by node for no key update;

-- name: answered
-- Which of these requests were answered before.
select request_id from dock_requests where request_id = any ($1::text[]);

-- name: doors_taken
-- Appointments at nodes that are not over at a moment, and those of some trucks whenever they are.
select request_id, asn_id, node, door, starts_at, ends_at, missed
from appointments where node = any ($1::text[]) and ends_at > $2 and not is_given_up
union
select request_id, asn_id, node, door, starts_at, ends_at, missed
from appointments where asn_id = any ($3::text[]) and not is_given_up;

-- name: appointments_of
-- The appointments that stand of these trucks.
select request_id, asn_id, node, door, starts_at, ends_at, missed
from appointments where asn_id = any ($1::text[]) and not is_given_up;

-- name: arrivals
-- Which of these trucks are there, and since when.
select asn_id, arrived_at, assumed, door, begun_at from trucks where asn_id = any ($1::text[]);

-- name: add_requests
-- What was asked, and what became of it.
insert into dock_requests (request_id, asn_id, answer) select * from unnest($1::text[], $2::text[], $3::text[]);

-- name: give_up
-- These appointments stand no longer.
update appointments set is_given_up = true, no_show_at = null where request_id = any ($1::text[]);

-- name: add_appointments
-- Doors that are kept for trucks.
insert into appointments (request_id, asn_id, node, door, starts_at, ends_at, no_show_at, is_given_up)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[],
                     $7::timestamptz[], $8::boolean[]);

-- name: keep_arrivals
-- When trucks came; an earlier time corrects a later one.
insert into trucks (asn_id, arrived_at, door, assumed)
select * from unnest($1::text[], $2::timestamptz[], $3::text[], $4::boolean[])
on conflict (asn_id) do update
set arrived_at = excluded.arrived_at, door = coalesce(excluded.door, trucks.door), assumed = excluded.assumed
where trucks.arrived_at is null or trucks.arrived_at > excluded.arrived_at
      or trucks.assumed and not excluded.assumed;

-- name: keep_unloading
-- When trucks were begun to be unloaded; an earlier time corrects a later one.
insert into trucks (asn_id, begun_at)
select asn_id, begun_at from unnest($1::text[], $2::timestamptz[]) as told (asn_id, begun_at)
on conflict (asn_id) do update set begun_at = excluded.begun_at
where trucks.begun_at is null or trucks.begun_at > excluded.begun_at;

-- name: came
-- Nobody needs to look any more whether these trucks came.
update appointments set no_show_at = null where asn_id = any ($1::text[]) and no_show_at is not null;

-- name: keep_windows
-- When the units of trucks are ready, and why.
update asns a
set earliest = told.earliest, latest = told.latest, basis = told.basis, cause = told.cause, reason = told.reason,
    overdue_at = told.overdue_at
from unnest($1::text[], $2::date[], $3::date[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
     as told (asn_id, earliest, latest, basis, cause, reason, overdue_at)
where a.asn_id = told.asn_id;

-- name: no_shows
-- Trucks whose slot has begun too long ago.
select asn_id from appointments where no_show_at <= $1 order by no_show_at limit $2;

-- name: miss
-- These trucks did not come in their slots.
update appointments set missed = true, no_show_at = null where request_id = any ($1::text[]);

-- name: overdue
-- Trucks whose windows can no longer be kept.
select asn_id from asns where overdue_at <= $1 and closed_at is null and cancelled_by < revision
order by overdue_at limit $2;

-- name: owed
-- Which of these trucks are to bring units that are not in stock yet.
select distinct supply_id from supplies where supply_id = any ($1::text[]) and stocked < expected_units;

-- name: begun
-- Which of these trucks are there whatever the dock says: something of them was received, or they are done.
select asn_id from asns a
where asn_id = any ($1::text[])
  and (closed_at is not null or exists (select from supplies s where s.supply_id = a.asn_id and s.received > 0));

-- name: needless
-- Appointments to come of trucks that are done, or go elsewhere now.
select p.asn_id from appointments p join asns a using (asn_id)
where p.no_show_at > $1 and (a.closed_at is not null or a.cancelled_by >= a.revision or a.node <> p.node) limit $2;

-- name: appointments_on
-- The appointments that stand at a node between two moments, and what became of them.
select p.request_id, p.asn_id, a.supplier_id, p.door, p.starts_at, p.ends_at, p.missed, t.arrived_at, t.begun_at,
       a.closed_at
from appointments p join asns a using (asn_id) left join trucks t using (asn_id)
where p.node = $1 and p.ends_at > $2 and p.starts_at < $3 and not p.is_given_up
order by p.starts_at, p.door limit $4;

-- name: waiting_for
-- What waits for what open trucks of a node still bring; without appointment, or all.
select a.asn_id, a.supplier_id, a.eta_earliest, a.eta_latest, s.sku,
       greatest(0, s.expected_units - s.stocked) as open_units, coalesce(q.waiting_units, 0) as waiting_units,
       coalesce(q.waiting_value, 0) as waiting_value
from asns a
join supplies s on s.supply_id = a.asn_id and s.node = a.node
left join queues q on q.sku = s.sku and q.node = s.node
where a.node = $1 and a.observed_at is null and a.closed_at is null and a.cancelled_by < a.revision
  and not exists (select from trucks t where t.asn_id = a.asn_id and t.arrived_at is not null)
  and ($2 or not exists (select from appointments p where p.asn_id = a.asn_id and not (p.is_given_up or p.missed)))
order by a.asn_id, s.sku;
