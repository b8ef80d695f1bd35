-- migrate:up
create table loads (
    node text not null references nodes,
    ships_on date not null,
    orders bigint not null default 0 check (orders >= 0),
    primary key (node, ships_on)
) with (fillfactor = 70);
comment on table loads is
    'orders that were released to ship on a day, where the floor has a limit; locked after positions and orders';

create table unloaded (
    node text not null references nodes,
    queue_at timestamptz not null,
    completed_at timestamptz not null,
    order_id text collate "C" not null references orders,
    primary key (node, queue_at, completed_at, order_id),
    unique (order_id, node)
);
comment on table unloaded is
    'orders that own units which go to the floor with the load of a later day; the primary key is the order of service';

-- migrate:down
