-- name: make
-- Tables with the rows that no correct design can avoid, in a shape of their own: floors stay the same when ours changes.
create schema floor
    create table queue (
        sku text not null, node text not null, queue_at timestamptz not null, completed_at timestamptz not null,
        order_id text collate "C" not null, line_id text collate "C" not null, units bigint not null,
        min_life_days int not null, earliest date, latest date, unit_price bigint not null,
        primary key (sku, node, queue_at, completed_at, order_id, line_id)
    )
    create table allocations (
        order_id text not null, line_id text not null, lot text not null, version bigint not null, sku text not null,
        node text not null, units bigint not null, allocated_at timestamptz not null,
        primary key (order_id, line_id, lot, version)
    )
    create table promises (
        order_id text not null, line_id text not null, version bigint not null, sku text not null, node text not null,
        units bigint not null, earliest date, latest date, supply_id text, reason text not null, cause text not null,
        promised_at timestamptz not null,
        primary key (order_id, line_id, version)
    )
    create table outbox (
        id bigint generated always as identity primary key, topic text not null, key bytea not null, body bytea,
        headers bytea not null
    )
    create table inbox (
        source text not null, event_id text not null, topic text not null, primary key (source, event_id)
    )
    create table lots (
        sku text not null, node text not null, lot text not null, on_hand bigint not null, allocated bigint not null,
        primary key (sku, node, lot)
    )
    create table supplies (
        sku text not null, node text not null, supply_id text not null, stocked bigint not null,
        primary key (sku, node, supply_id)
    )
    create table positions (
        sku text not null, node text not null, sequence bigint not null, waiting_lines bigint not null,
        waiting_units bigint not null, primary key (sku, node)
    );

-- name: fill
-- So many lines wait for each of so many SKUs.
insert into floor.queue
select 's' || sku, 'ams', at, at, 'order-' || sku || '-' || to_char(line, 'FM0000000'), '1', 1, 0, '2027-03-16',
       '2027-03-22', 1900
from generate_series(1, $1::int) sku, generate_series(1, $2::int) line,
     lateral (select timestamptz '2027-03-01' + line * interval '1 second' as at) as joined;

-- name: fill_positions
-- A position with a supply for each SKU.
with sku as (select 's' || n as sku from generate_series(1, $1::int) n),
     supplied as (insert into floor.supplies select sku, 'ams', 'asn-1', 0 from sku)
insert into floor.positions select sku, 'ams', 0, $2::bigint, $2::bigint from sku;

-- name: waiting
-- The first lines of each SKU in order of service.
select sku, node, queue_at, completed_at, order_id, line_id
from (select *, row_number() over (partition by sku, node order by queue_at, completed_at, order_id, line_id) as place
      from floor.queue) as placed
where place <= $1::int;

-- name: leave_queue
-- F-sql: lines leave the queue.
delete from floor.queue q
using unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[])
    as gone (sku, node, queue_at, completed_at, order_id, line_id)
where (q.sku, q.node, q.queue_at, q.completed_at, q.order_id, q.line_id)
    = (gone.sku, gone.node, gone.queue_at, gone.completed_at, gone.order_id, gone.line_id);

-- name: keep_allocations
-- F-sql: each is given its units.
insert into floor.allocations
select order_id, line_id, 'L1', 2, sku, 'ams', 1, now()
from unnest($1::text[], $2::text[], $3::text[]) as given (sku, order_id, line_id);

-- name: announce
-- F-sql: and is announced.
insert into floor.outbox (topic, key, body, headers)
select 'allocations.v1', key, body, headers from unnest($1::bytea[], $2::bytea[], $3::bytea[]) as event (key, body, headers);

-- name: claim
-- F-sql+: a receipt is taken once.
insert into floor.inbox select 'firstfill/inventory', event_id, 'stock.v1' from unnest($1::text[]) as event (event_id);

-- name: add_to_lots
-- F-sql+: its units are in a lot.
insert into floor.lots select sku, 'ams', lot, units, units from unnest($1::text[], $2::text[], $3::bigint[]) as came (sku, lot, units)
on conflict (sku, node, lot) do update
set on_hand = lots.on_hand + excluded.on_hand, allocated = lots.allocated + excluded.allocated;

-- name: add_to_supplies
-- F-sql+: its supply has brought them.
update floor.supplies s set stocked = s.stocked + came.units
from unnest($1::text[], $2::bigint[]) as came (sku, units) where s.sku = came.sku and s.node = 'ams' and s.supply_id = 'asn-1';

-- name: count_positions
-- F-sql+: its position has fewer lines that wait.
update floor.positions p
set sequence = p.sequence + 1, waiting_lines = p.waiting_lines - came.units, waiting_units = p.waiting_units - came.units
from unnest($1::text[], $2::bigint[]) as came (sku, units) where p.sku = came.sku and p.node = 'ams';

-- name: keep_promises
-- The bare insert of as many promises.
insert into floor.promises
select order_id, line_id, $3::bigint, 'HOT', 'ams', 1, '2027-03-18', '2027-03-26', 'asn-1', 'asn-1 slips', 'edi/asn-1', now()
from unnest($1::text[], $2::text[]) as moved (order_id, line_id);
