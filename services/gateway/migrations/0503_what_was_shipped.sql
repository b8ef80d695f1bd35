-- migrate:up
create table ordered (
    order_id text not null,
    line_id text not null,
    units bigint not null check (units > 0),
    primary key (order_id, line_id)
);
comment on table ordered is 'append-only: for how many units each line was ordered';

create table shipped (
    order_id text not null,
    line_id text not null,
    shipment_id text not null,
    units bigint not null check (units > 0),
    primary key (order_id, line_id, shipment_id)
);
comment on table shipped is 'append-only: units of lines that left, whether they had been allocated or not';

create or replace view waiting as
select p.order_id, p.line_id, p.sku, p.node, wanted.units, p.earliest, p.latest, p.supply_id, p.reason, p.cause
from promises p
left join ordered o using (order_id, line_id)
left join lateral (
    select sum(r.units) as units from releases r
    where r.order_id = p.order_id and r.line_id = p.line_id and r.line_version > p.line_version
) got on true
left join lateral (
    select sum(s.units) as units from shipped s where s.order_id = p.order_id and s.line_id = p.line_id
) gone on true
cross join lateral (
    select least(p.units - coalesce(got.units, 0), o.units - coalesce(gone.units, 0)) as units
) wanted
where wanted.units > 0;
comment on view waiting is 'lines that still wait, and for how many units: never for more than have not left';

-- migrate:down
