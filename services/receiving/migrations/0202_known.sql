-- migrate:up
alter table nodes
    add also_known_as text[] not null default '{}',
    add doors text[] not null default '{}',
    add opens time,
    add closes time,
    add slot_minutes int check (slot_minutes > 0),
    add no_show_minutes int check (no_show_minutes > 0),
    add dock_days int not null default 3 check (dock_days > 0),
    add rework_days int not null default 5 check (rework_days > 0),
    add blind_receipts boolean not null default false,
    add check ((cardinality(doors) > 0) = (opens is not null and closes is not null and slot_minutes is not null
                                           and no_show_minutes is not null));

create table lanes (
    node text not null references nodes,
    place int not null check (place > 0),
    lane text not null,
    capacity bigint not null check (capacity > 0),
    primary key (node, lane),
    unique (node, place)
);
comment on table lanes is 'staging lanes of a node, in the order in which they fill';

create table suppliers (
    supplier_id text primary key,
    version bigint not null,
    also_known_as text[] not null,
    printed_dates text not null check (printed_dates in ('YMD', 'DMY', 'MDY', 'YM', 'MY'))
);
comment on table suppliers is 'what files call a supplier, and the order in which he prints dates';

create table policies (
    merchant text not null,
    sku text not null,
    version bigint not null,
    over_percent int not null check (over_percent between 0 and 100),
    short_percent int not null check (short_percent between 0 and 100),
    primary key (merchant, sku)
);
comment on table policies is 'what a merchant tolerates; an empty SKU stands for all that have no policy of their own';

alter table products
    add merchant text not null default '',
    add shelf_life_days int check (shelf_life_days > 0),
    add min_life_days int not null default 0,
    add supplier_id text;

create table queues (
    sku text not null,
    node text not null,
    version bigint not null,
    waiting_lines bigint not null check (waiting_lines >= 0),
    waiting_units bigint not null check (waiting_units >= 0),
    waiting_value bigint not null check (waiting_value >= 0),
    primary key (sku, node)
) with (fillfactor = 70);
comment on table queues is 'how much waits for a position, as allocation told last';

-- migrate:down
