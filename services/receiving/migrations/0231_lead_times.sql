-- migrate:up
create table progress (
    movement_id text primary key,
    sku text not null,
    node text not null,
    supply_id text,
    sequence bigint not null check (sequence > 0),
    at timestamptz not null,
    ready_units bigint not null,
    rework_units bigint not null,
    check (ready_units <> 0 or rework_units <> 0)
);
comment on table progress is 'append-only: movements of the ledger by which units became sellable, or went into rework (above 0) or left it';
create index progress_of_supply on progress (supply_id) where supply_id is not null;
create index progress_of_rework on progress (sku, node, sequence) where rework_units <> 0;

create table lead_times (
    asn_id text not null references asns,
    sku text not null,
    node text not null,
    supplier_id text not null,
    units bigint not null check (units > 0),
    ordered_at timestamptz,
    shipped_at timestamptz,
    docked_at timestamptz,
    ready_at timestamptz not null,
    ordered_to_shipped int,
    shipped_to_docked int,
    docked_to_ready int,
    ordered_to_ready int,
    due_to_ready int,
    primary key (asn_id, sku, node)
);
comment on table lead_times is 'append-only: how many working days each supply took, once its last unit was sellable';
create index lead_times_by_supplier on lead_times (supplier_id, node, ready_at);
create index lead_times_by_sku on lead_times (sku, node, ready_at);
create index lead_times_by_time on lead_times (ready_at);

create table truck_times (
    asn_id text primary key references asns,
    node text not null,
    supplier_id text not null,
    ready_at timestamptz not null,
    eta_earliest_to_ready int not null,
    eta_latest_to_ready int not null,
    booked_to_ready int,
    docked_to_ready int,
    eta_error int,
    waiting_minutes int check (waiting_minutes >= 0),
    unloading_minutes int check (unloading_minutes >= 0),
    counting_minutes int check (counting_minutes >= 0),
    rework_minutes int check (rework_minutes >= 0),
    check (eta_earliest_to_ready >= eta_latest_to_ready),
    check ((docked_to_ready is null) = (eta_error is null))
);
comment on table truck_times is 'append-only: how many working days each truck took until its last unit was sellable, and where the time went';
create index truck_times_by_supplier on truck_times (supplier_id, node, ready_at);
create index truck_times_by_node on truck_times (node, ready_at);

create table ready_days (
    asn_id text not null references truck_times,
    days int not null,
    units bigint not null check (units > 0),
    primary key (asn_id, days)
);
comment on table ready_days is 'append-only: how many units of a truck were sellable so many working days after it came';

-- migrate:down
