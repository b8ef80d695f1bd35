-- migrate:up
create table nodes (
    node text primary key,
    version bigint not null
);
comment on table nodes is 'fulfilment centres that are known';

create table products (
    sku text primary key,
    version bigint not null
);
comment on table products is 'SKUs that are known';

create table positions (
    sku text not null references products,
    node text not null references nodes,
    sequence bigint not null default 0 check (sequence >= 0),
    primary key (sku, node)
) with (fillfactor = 60);
comment on table positions is 'one SKU at one node; its row is the lock, its sequence counts the news told about it';

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
    primary key (sku, node, status, lot),
    foreign key (sku, node, status) references balances
) with (fillfactor = 60);
comment on table lots is 'units on hand by lot; an empty lot stands for units without one';

create table movements (
    movement_id text primary key,
    sku text not null,
    node text not null,
    sequence bigint not null check (sequence > 0),
    place int not null,
    reason text not null check (reason in ('opening', 'receipt', 'ship')),
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
    unique (sku, node, sequence, place),
    foreign key (sku, node, status, lot) references lots
);
comment on table movements is 'append-only: the stock ledger';

-- migrate:down
