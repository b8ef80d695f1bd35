-- migrate:up

create table nodes (
    node text primary key,
    version bigint not null,
    zone text not null
);
comment on table nodes is 'fulfilment centres that are known';
comment on column nodes.zone is 'its calendar decides on which day a lot is past its life';

create table products (
    sku text primary key,
    version bigint not null,
    merchant text not null,
    dated boolean not null,
    min_life_days int not null check (min_life_days >= 0)
);
comment on table products is 'SKUs that are known, whose they are, and how much life their units must have left';
comment on column products.dated is 'its units carry lot and expiry';

create table policies (
    merchant text not null,
    sku text not null,
    version bigint not null,
    count_percent int not null check (count_percent >= 0 and count_percent <= 100),
    primary key (merchant, sku)
);
comment on table policies is 'by how much a count may differ; an empty SKU stands for all of the merchant';
comment on column policies.count_percent is
    'by which a count may differ and still be posted; no sku: of all the merchant''s';

create table positions (
    sku text not null references products,
    node text not null references nodes,
    sequence bigint not null default 0 check (sequence >= 0),
    opened_at timestamptz,
    compared_at timestamptz,
    primary key (sku, node)
) with (fillfactor = 60);
comment on table positions is 'one SKU at one node; its row is the lock, its sequence counts the news told about it';
comment on column positions.opened_at is 'as of when the floor told the first balance';
comment on column positions.compared_at is 'as of when the floor''s newest report was compared';
comment on column positions.sequence is 'of the last news of the position, without gaps';

create table balances (
    sku text not null,
    node text not null,
    status text not null check (status in ('sellable', 'rework', 'quarantine', 'damaged')),
    on_hand bigint not null check (on_hand >= 0),
    primary key (sku, node, status),
    foreign key (sku, node) references positions
) with (fillfactor = 60);
comment on table balances is 'units on hand by status: the sums of the ledger';

create table lots (
    sku text not null,
    node text not null,
    status text not null,
    lot text not null,
    expires_on date,
    on_hand bigint not null check (on_hand >= 0),
    counted_at timestamptz,
    last_day date,
    primary key (sku, node, status, lot),
    foreign key (sku, node, status) references balances,
    check (last_day is null or expires_on is not null)
) with (fillfactor = 60);
comment on table lots is 'units on hand by lot; an empty lot stands for units without one';
comment on column lots.counted_at is 'as of when the newest accepted count was made';
comment on column lots.last_day is 'the last day on which these units may be sold: expiry less the minimum life';
create index lots_by_last_day
    on lots (node, last_day) where (status = 'sellable') and (on_hand > 0) and (last_day is not null);

create table movements (
    movement_id text primary key,
    sku text not null,
    node text not null,
    sequence bigint not null check (sequence > 0),
    place int not null,
    reason text not null
        check (reason in ('opening', 'receipt', 'count', 'expiry', 'hold', 'unhold', 'rework', 'ship', 'short',
            'return', 'damage', 'lot_correction', 'correction', 'transfer')),
    supply_id text,
    order_id text,
    line_id text,
    lane text,
    cause text not null,
    lot text not null,
    expires_on date,
    status text not null,
    delta bigint not null check (delta <> 0),
    on_hand bigint not null check (on_hand >= 0),
    moved_at timestamptz not null,
    happened_at timestamptz not null,
    unique (sku, node, sequence, place),
    foreign key (sku, node, status, lot) references lots,
    check (
case reason
    when 'ship' then delta < 0
    when 'opening' then delta > 0
    when 'return' then delta > 0
    else true
end),
    check (reason <> 'return' or status = 'quarantine')
);
comment on table movements is 'append-only: the stock ledger';
comment on column movements.happened_at is 'when it was so on the floor; moved_at is when we knew';
comment on column movements.place is 'the order of movements within one sequence';
comment on column movements.delta is 'units that came or, negative, left';
comment on column movements.on_hand is 'units of the status after the movement, over all lots';
comment on column movements.moved_at is 'when we posted it';
create index movements_by_lot on movements (sku, node, status, lot, happened_at) include (delta);
create index movements_by_time on movements (sku, node, happened_at);

create table transfers (
    transfer_id text primary key,
    state text not null check (state in ('requested', 'refused', 'sent', 'withdrawn')),
    kept jsonb not null
);
comment on table transfers is 'transfers to other nodes, as they stand';
comment on column transfers.kept is '(SKU, node, lot, units) each: kept back in quarantine until they leave, or sent';

create table counts (
    count_id text primary key,
    place bigint not null generated always as identity,
    sku text not null,
    node text not null,
    status text not null check (status in ('sellable', 'rework', 'quarantine', 'damaged')),
    lot text not null,
    kind text not null check (kind in ('blind', 'recount')),
    recount_of text,
    units bigint not null check (units >= 0),
    ledger bigint not null,
    outcome text not null check (outcome in ('agreed', 'booked', 'differs', 'superseded')),
    counted_at timestamptz not null,
    foreign key (sku, node) references positions,
    check ((outcome = 'agreed') <= (units = ledger)),
    check ((outcome in ('booked', 'differs')) <= (units <> ledger))
);
comment on table counts is
    'append-only: every count, what the ledger said of that instant, and what became of it';
comment on column counts.recount_of is 'the count that asked for this one';
comment on column counts.ledger is 'units that the ledger held at counted_at';
create index counts_by_lot on counts (sku, node, status, lot, counted_at, place);

create table reports (
    report_id text not null,
    sku text not null,
    node text not null,
    kind text not null check (kind in ('opening', 'nightly')),
    as_of timestamptz not null,
    primary key (report_id, sku, node),
    foreign key (sku, node) references positions
);
comment on table reports is 'append-only: every report of a position, so that each is read once';

create table discrepancies (
    exception_id text primary key,
    exception_class text not null
        check (exception_class in ('request_refused', 'count_differs', 'on_hand_differs', 'pick_short',
            'lot_expired', 'lot_with_two_dates', 'shipped_not_on_hand')),
    sku text not null,
    node text not null,
    status text not null check (status in ('sellable', 'rework', 'quarantine', 'damaged')),
    lot text not null,
    subject text not null,
    at timestamptz not null,
    facts jsonb not null,
    version bigint not null check (version > 0),
    state text not null check (state in ('open', 'settled')),
    opened_at timestamptz not null,
    foreign key (sku, node) references positions
);
comment on table discrepancies is 'what a person must look at, or had to';
comment on column discrepancies.at is 'when it was so on the floor';
create unique index discrepancies_one_count
    on discrepancies (sku, node, status, lot) where (exception_class = 'count_differs') and (state = 'open');
create unique index discrepancies_one_report
    on discrepancies (sku, node, status, lot) where exception_class = 'on_hand_differs';
create index discrepancies_open on discrepancies (sku, node) where state = 'open';
create index discrepancies_by_class on discrepancies (exception_class, state, at desc, exception_id);
create index discrepancies_by_node on discrepancies (node, exception_class, state, at desc, exception_id);

-- migrate:down
