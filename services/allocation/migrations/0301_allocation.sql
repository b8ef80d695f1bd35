-- migrate:up
-- Orders and lines are compared by code point, as the domain does, whatever the locale: they break ties in the queue.
create table nodes (
    node text primary key,
    version bigint not null,
    zone text not null,
    working_days int[] not null check (cardinality(working_days) > 0),
    holidays date[] not null,
    cut_off time not null
);
comment on table nodes is 'fulfilment centres and their calendars';

create table merchants (
    merchant text primary key,
    version bigint not null,
    hub text not null
);
comment on table merchants is 'whose orders ship from where';

create table products (
    sku text primary key,
    version bigint not null,
    merchant text not null,
    backorderable boolean not null,
    min_life_days int not null check (min_life_days >= 0)
);
comment on table products is 'what can be sold, and on what terms';

create table positions (
    sku text not null references products,
    node text not null references nodes,
    version bigint not null default 0,
    stock_sequence bigint not null default 0,
    inbound_version bigint not null default 0,
    on_hand bigint not null default 0,
    allocated bigint not null default 0,
    waiting_lines bigint not null default 0 check (waiting_lines >= 0),
    waiting_units bigint not null default 0 check (waiting_units >= waiting_lines),
    availability_version bigint not null default 0,
    shown text,
    primary key (sku, node),
    check (allocated >= 0 and allocated <= on_hand)
) with (fillfactor = 50);
comment on table positions is 'one SKU at one node; its row is the lock that every change of its queue and stock takes';

create table lots (
    sku text not null,
    node text not null,
    lot text not null,
    expires_on date,
    on_hand bigint not null,
    allocated bigint not null default 0,
    primary key (sku, node, lot),
    foreign key (sku, node) references positions,
    check (allocated >= 0 and allocated <= on_hand)
) with (fillfactor = 50);
comment on table lots is 'sellable units by lot, and how many of them lines own; an empty lot stands for none';

create table supplies (
    sku text not null,
    node text not null,
    supply_id text not null,
    listed boolean not null,
    expected bigint not null check (expected >= 0),
    stocked bigint not null,
    earliest date,
    latest date,
    cause text not null,
    reason text not null,
    primary key (sku, node, supply_id),
    foreign key (sku, node) references positions,
    check (not listed or (earliest is not null and latest >= earliest))
) with (fillfactor = 70);
comment on table supplies is 'what is on its way, and how much of it is in stock; kept when no longer listed, since more may land';
create index supplies_listed on supplies (sku, node) where listed;

create table orders (
    order_id text collate "C" primary key,
    merchant text not null,
    market text not null,
    completed_at timestamptz not null
);
comment on table orders is 'orders that were placed';

create table lines (
    order_id text collate "C" not null references orders,
    line_id text collate "C" not null,
    sku text not null,
    node text not null,
    units bigint not null check (units > 0),
    allocated bigint not null default 0 check (allocated >= 0),
    shipped bigint not null default 0 check (shipped >= 0),
    cancelled bigint not null default 0 check (cancelled >= 0),
    line_version bigint not null default 0,
    primary key (order_id, line_id),
    foreign key (sku, node) references positions,
    check (allocated + shipped + cancelled <= units)
) with (fillfactor = 70);
comment on table lines is 'order lines: what they ordered, own now, and got';

create table queue (
    sku text not null,
    node text not null,
    queue_at timestamptz not null,
    completed_at timestamptz not null,
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    units bigint not null check (units > 0),
    min_life_days int not null,
    ready_earliest date,
    ready_latest date,
    earliest date,
    latest date,
    primary key (sku, node, queue_at, completed_at, order_id, line_id),
    foreign key (order_id, line_id) references lines
) with (fillfactor = 70);
comment on table queue is 'waiting lines; the primary key is the order of service';

create table allocations (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    lot text not null,
    version bigint not null,
    sku text not null,
    node text not null,
    units bigint not null check (units > 0),
    shipped bigint not null default 0,
    allocated_at timestamptz not null,
    primary key (order_id, line_id, lot, version),
    foreign key (order_id, line_id) references lines,
    foreign key (sku, node, lot) references lots,
    check (shipped >= 0 and shipped <= units)
) with (fillfactor = 80);
comment on table allocations is 'units given to lines, by lot, at a version of the position';

create table promises (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    line_version bigint not null,
    sku text not null,
    node text not null,
    version bigint not null,
    units bigint not null check (units > 0),
    earliest date,
    latest date,
    supply_id text,
    reason text not null,
    cause text not null,
    promised_at timestamptz not null,
    primary key (order_id, line_id, line_version),
    foreign key (order_id, line_id) references lines,
    check ((earliest is null) = (latest is null) and earliest <= latest)
);
comment on table promises is 'append-only: every range that a line was promised, and why';

-- migrate:down
