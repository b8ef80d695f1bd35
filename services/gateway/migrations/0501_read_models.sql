-- migrate:up
create table availability (
    sku text not null,
    node text not null,
    version bigint not null,
    merchant text not null,
    state text not null,
    available_to_sell bigint not null check (available_to_sell >= 0),
    max_orderable bigint not null check (max_orderable >= available_to_sell),
    breaks jsonb not null,
    as_of timestamptz not null,
    primary key (sku, node)
) with (fillfactor = 70);
comment on table availability is 'what product pages show, as told last; an empty node stands for all nodes';

create table promises (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    sku text not null,
    node text not null,
    units bigint not null check (units > 0),
    earliest date,
    latest date check (earliest <= latest),
    supply_id text,
    reason text not null,
    cause text not null,
    primary key (order_id, line_id),
    check ((earliest is null) = (latest is null))
) with (fillfactor = 70);
comment on table promises is 'what each line was promised last, for the units that waited then';

create table releases (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    units bigint not null check (units > 0),
    primary key (order_id, line_id, line_version)
);
comment on table releases is 'append-only: units that waiting lines got';

create view waiting as
select p.order_id, p.line_id, p.sku, p.node, p.units - coalesce(got.units, 0) as units, p.earliest, p.latest,
       p.supply_id, p.reason, p.cause
from promises p
left join lateral (
    select sum(r.units) as units from releases r
    where r.order_id = p.order_id and r.line_id = p.line_id and r.line_version > p.line_version
) got on true
where p.units > coalesce(got.units, 0);
comment on view waiting is 'lines that still wait, and for how many units';

-- migrate:down
