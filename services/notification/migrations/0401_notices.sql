-- migrate:up
create table merchants (
    merchant text primary key,
    version bigint not null,
    name text not null,
    sender text not null,
    colour text not null
);
comment on table merchants is 'whose name and address stand on a notice';

create table products (
    sku text primary key,
    version bigint not null,
    name text not null
);
comment on table products is 'what customers call a SKU';

create table contacts (
    order_id text primary key,
    version bigint not null,
    email text,
    name text,
    check ((email is null) = (name is null))
);
comment on table contacts is
    'the only personal data; without an address: not given yet, or erased. Its row is the lock of its order';

create table orders (
    order_id text primary key references contacts,
    merchant text not null references merchants,
    order_number text not null
);
comment on table orders is 'orders whose customers may have to be told something';

create table lines (
    order_id text not null references orders,
    line_id text not null,
    sku text not null references products,
    ordered bigint not null check (ordered > 0),
    promise_version bigint not null default 0,
    units bigint not null default 0 check (units >= 0),
    earliest date,
    latest date check (earliest <= latest),
    told_version bigint,
    told_earliest date,
    told_latest date check (told_earliest <= told_latest),
    told_by text,
    primary key (order_id, line_id),
    check ((earliest is null) = (latest is null)),
    check ((told_earliest is null) = (told_latest is null)),
    check ((told_version is null) = (told_by is null))
) with (fillfactor = 60);
comment on table lines is 'what each line is promised (the units that waited then), and what its customer was last told';

create table releases (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    units bigint not null check (units > 0),
    primary key (order_id, line_id, line_version),
    foreign key (order_id, line_id) references lines
);
comment on table releases is 'append-only: units of waiting lines that went to the floor';

create table notices (
    notice_id text primary key,
    place bigint not null generated always as identity unique,
    order_id text not null references orders,
    kind text not null check (kind in ('confirmed', 'moved', 'released')),
    state text not null default 'planned' check (state in ('planned', 'sending', 'sent', 'failed', 'superseded')),
    caused_at timestamptz not null,
    traceparent text,
    due_at timestamptz,
    attempts int not null default 0,
    settled_at timestamptz,
    superseded_by text references notices,
    check ((state in ('sent', 'failed', 'superseded')) = (settled_at is not null)),
    check ((state = 'superseded') = (superseded_by is not null))
) with (fillfactor = 60);
comment on table notices is 'messages to customers; due_at is empty while there is no address';
alter table lines add foreign key (told_by) references notices;
create index notices_due on notices (due_at, place) where state in ('planned', 'sending');
create index notices_by_order on notices (order_id, place);

create table notice_lines (
    notice_id text not null references notices,
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    units bigint not null check (units > 0),
    earliest date,
    latest date check (earliest <= latest),
    primary key (notice_id, line_id),
    foreign key (order_id, line_id) references lines,
    check ((earliest is null) = (latest is null))
);
comment on table notice_lines is 'append-only: what a notice says of each line it covers';

-- migrate:down
