-- migrate:up
alter table asns
    add eta_earliest date,
    add eta_latest date,
    add shipped_at timestamptz,
    add basis text not null default 'asn' check (basis in ('asn', 'appointment', 'arrived')),
    add overdue_at timestamptz,
    add observed_at timestamptz;
update asns set eta_earliest = earliest, eta_latest = latest;
alter table asns
    alter eta_earliest set not null,
    alter eta_latest set not null,
    add check (eta_earliest <= eta_latest);
create index asns_at_node on asns (node) where observed_at is null;
create index asns_overdue on asns (overdue_at) where closed_at is null;
create index asns_to_observe on asns (asn_id) where closed_at is not null and observed_at is null;

create table trucks (
    asn_id text primary key references asns,
    arrived_at timestamptz,
    door text,
    begun_at timestamptz,
    check (arrived_at is not null or begun_at is not null)
);
comment on table trucks is 'when the truck of an ASN came, and when it was begun to be unloaded; under the lock of its ASN';
create index trucks_by_arrival on trucks (arrived_at);

create table dock_requests (
    request_id text primary key,
    asn_id text not null references asns,
    answer text not null check (answer in ('booked', 'refused', 'withdrawn'))
);
comment on table dock_requests is 'append-only: what was asked of the dock, and answered once';

create table appointments (
    request_id text primary key references dock_requests,
    asn_id text not null references asns,
    node text not null references nodes,
    door text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    no_show_at timestamptz,
    missed boolean not null default false,
    given_up boolean not null default false,
    check (starts_at < ends_at),
    check (no_show_at is null or not (missed or given_up))
) with (fillfactor = 80);
comment on table appointments is 'doors that are kept for trucks, or were; `no_show_at` is when to look whether the truck came';
create unique index one_truck_in_a_slot on appointments (node, door, starts_at) where not given_up;
create unique index one_appointment_of_a_truck on appointments (asn_id) where not given_up;
create index doors_taken on appointments (node, ends_at) where not given_up;
create index no_shows on appointments (no_show_at) where no_show_at is not null;

-- migrate:down
