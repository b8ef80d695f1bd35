-- migrate:up
alter table products
    add column supplier_id text,
    add column lead_time_days int check (lead_time_days >= 0);

create table suppliers (
    supplier_id text primary key,
    on_time_share int check (on_time_share >= 0),
    told_at timestamptz not null
);
comment on table suppliers is 'how often suppliers are on time, in percent, as inbound told last; none: not known';

alter table positions
    add column reorder_earliest date,
    add column reorder_latest date,
    add check ((reorder_earliest is null) = (reorder_latest is null) and reorder_earliest <= reorder_latest);

create table terms_before (
    sku text not null,
    node text not null,
    zone text not null,
    working_days int[] not null,
    holidays date[] not null,
    cut_off time not null,
    rework_days int not null,
    orders_per_day bigint,
    launch_on date,
    reason text not null,
    cause text not null,
    primary key (sku, node),
    foreign key (sku, node) references positions
);
comment on table terms_before is
    'the calendar and launch on which the lines of a position were promised, until they are promised on those of today';

-- migrate:down
