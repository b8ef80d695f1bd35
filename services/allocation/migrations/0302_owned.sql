-- migrate:up
alter table nodes add column rework_days int not null default 5 check (rework_days > 0);

alter table lines
    add column queue_at timestamptz,
    add column completed_at timestamptz,
    add column min_life_days int,
    add column unit_price bigint not null default 0 check (unit_price >= 0);
update lines l set queue_at = o.completed_at, completed_at = o.completed_at, min_life_days = p.min_life_days
from orders o, products p
where o.order_id = l.order_id and p.sku = l.sku;
update lines l set queue_at = q.queue_at, min_life_days = q.min_life_days
from queue q
where q.order_id = l.order_id and q.line_id = l.line_id;
alter table lines
    alter column queue_at set not null,
    alter column completed_at set not null,
    alter column min_life_days set not null;
comment on table lines is 'order lines: what they ordered, own now, and got; and their place in the queue, for ever';

alter table queue add column unit_price bigint not null default 0 check (unit_price >= 0);
alter table positions
    add column waiting_value bigint not null default 0 check (waiting_value >= 0),
    add column queue_version bigint not null default 0;

create table owned (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    lot text not null,
    released boolean not null,
    sku text not null,
    node text not null,
    queue_at timestamptz not null,
    completed_at timestamptz not null,
    min_life_days int not null,
    units bigint not null check (units > 0),
    primary key (order_id, line_id, lot, released),
    foreign key (order_id, line_id) references lines,
    foreign key (sku, node, lot) references lots
) with (fillfactor = 80);
comment on table owned is 'units that lines own now, by lot; released ones are on the floor';
create index owned_of_lot on owned (sku, node, lot, released, queue_at desc, completed_at desc, order_id desc, line_id desc);
create index owned_of_position on owned (sku, node, released, queue_at desc, completed_at desc, order_id desc, line_id desc);
insert into owned
select a.order_id, a.line_id, a.lot, true, a.sku, a.node, l.queue_at, l.completed_at, l.min_life_days,
       sum(a.units - a.shipped)
from allocations a join lines l using (order_id, line_id)
group by a.order_id, a.line_id, a.lot, a.sku, a.node, l.queue_at, l.completed_at, l.min_life_days
having sum(a.units - a.shipped) > 0;

alter table allocations
    add column change text not null default 'given' check (change in ('given', 'shipped', 'revoked', 'moved')),
    drop constraint allocations_units_check,
    drop constraint allocations_check,
    drop constraint allocations_pkey,
    add primary key (order_id, line_id, lot, version, change);
alter table allocations alter column change drop default;
insert into allocations (order_id, line_id, lot, version, change, sku, node, units, shipped, allocated_at)
select order_id, line_id, lot, version, 'shipped', sku, node, -shipped, 0, allocated_at from allocations
where shipped > 0;
alter table allocations
    drop column shipped,
    add check (case change when 'given' then units > 0 when 'moved' then units <> 0 else units < 0 end);
comment on table allocations is
    'append-only: units of lots that lines got and lost, at a version of the position; moved is to another lot';

create table rework (
    sku text not null,
    node text not null,
    posted_on date not null,
    earliest date not null,
    latest date not null,
    units bigint not null check (units > 0),
    cause text not null,
    primary key (sku, node, posted_on),
    foreign key (sku, node) references positions,
    check (earliest <= latest)
);
comment on table rework is 'units in rework by the day they were posted: a supply whose window was fixed then';

create table strays (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    sku text not null,
    node text not null,
    lot text not null,
    units bigint not null check (units > 0),
    primary key (order_id, line_id, sku, node, lot)
);
comment on table strays is 'units that were shipped to lines nobody has told of yet';

-- migrate:down
