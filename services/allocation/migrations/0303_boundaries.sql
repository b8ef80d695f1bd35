-- migrate:up
alter table products add column launch_on date;
alter table nodes add column orders_per_day bigint check (orders_per_day > 0);

create table policies (
    merchant text not null,
    sku text not null,
    version bigint not null,
    hold_days int not null check (hold_days >= 0),
    padding_days int not null check (padding_days >= 0),
    head_starts jsonb not null,
    primary key (merchant, sku)
);
comment on table policies is 'what a merchant wants of his queues; no sku: of all that have no policy of their own';

alter table orders
    add column priority text not null default 'standard',
    add column ship_not_before date,
    add column authorized_until timestamptz,
    add column holds text[] not null default '{}',
    add column max_shipments int check (max_shipments > 0),
    add column shipments int not null default 0 check (shipments >= 0),
    add column passed_over int not null default 0 check (passed_over >= 0);
alter table orders alter column priority drop default;

alter table lines
    add column told_earliest date,
    add column told_latest date,
    add column told_version bigint not null default 0,
    add check ((told_earliest is null) = (told_latest is null) and told_earliest <= told_latest);

alter table queue
    drop column ready_earliest,
    drop column ready_latest,
    add column gate_on date,
    add column together boolean not null default false,
    add column eligible boolean not null default true;
alter table queue alter column together drop default, alter column eligible drop default;
create index queue_eligible on queue (sku, node, queue_at, completed_at, order_id, line_id) where eligible;
create index queue_gated on queue (sku, node, gate_on) where not eligible;
comment on table queue is
    'waiting lines; the primary key is the order of service, eligible ones may own units, together: all of the order at once';

create table boundaries (
    sku text not null,
    node text not null,
    ranking text not null check (ranking in ('latest', 'earliest')),
    supply_id text not null,
    ready_on date not null,
    units bigint not null check (units > 0),
    queue_at timestamptz,
    completed_at timestamptz,
    order_id text collate "C",
    line_id text collate "C",
    units_before bigint check (units_before >= 0),
    lines_before bigint check (lines_before >= 0),
    primary key (sku, node, ranking, supply_id),
    foreign key (sku, node) references positions,
    check (num_nonnulls(queue_at, completed_at, order_id, line_id, units_before, lines_before) in (0, 6))
) with (fillfactor = 70);
comment on table boundaries is
    'the first waiting line that a supply, and all ranked before it, do not complete; and what waits before that line';

create table due_positions (
    sku text not null,
    node text not null,
    due_at timestamptz not null,
    primary key (sku, node, due_at),
    foreign key (sku, node) references positions
);
comment on table due_positions is 'when time alone changes who may own units of a position';
create index due_positions_at on due_positions (due_at);

create table due_orders (
    order_id text collate "C" not null references orders,
    due_at timestamptz not null,
    primary key (order_id, due_at)
);
comment on table due_orders is 'orders to be looked at as a whole: they ship together, or their payment ends';
create index due_orders_at on due_orders (due_at);

create table order_sources (
    order_id text collate "C" not null,
    source text not null,
    change_no bigint not null check (change_no > 0),
    primary key (order_id, source)
);
comment on table order_sources is 'the last change of an order that was heard of each source';

-- migrate:down
