-- migrate:up
alter table ordered add column sku text;
comment on column ordered.sku is 'empty for lines that were heard of before it was kept';

create table allocated (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    sku text not null,
    units bigint not null check (units <> 0),
    released boolean not null,
    primary key (order_id, line_id, line_version)
);
comment on table allocated is
    'append-only: units that lines got at once (released), or own ahead of their release; negative: given back unreleased';

create table cancelled (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    sku text not null,
    units bigint not null check (units > 0),
    wanted bigint not null check (wanted >= 0),
    new_line_id text,
    reason text not null,
    primary key (order_id, line_id, line_version)
);
comment on table cancelled is 'append-only: units that lines want no more, or on a new line, and how many they still want';

create table declined (
    order_id text not null,
    line_id text not null,
    sku text not null,
    units bigint not null check (units > 0),
    reason text not null,
    alternatives jsonb not null,
    primary key (order_id, line_id)
);
comment on table declined is 'append-only: lines that were not accepted, and what there was instead';

create table refunds (
    order_id text not null,
    line_id text not null,
    cause text not null,
    units bigint not null check (units > 0),
    due_by date not null,
    primary key (order_id, line_id, cause)
);
comment on table refunds is 'append-only: units whose money must be sent back, and by which day';

drop view waiting;
create view waiting as
select p.order_id, p.line_id, p.sku, p.node, wanted.units, p.earliest, p.latest, p.supply_id, p.reason, p.cause
from promises p
left join ordered o using (order_id, line_id)
cross join lateral (
    select coalesce((select c.wanted from cancelled c where c.order_id = p.order_id and c.line_id = p.line_id
                     order by c.line_version desc limit 1), o.units) as still,
           coalesce((select c.wanted from cancelled c
                     where c.order_id = p.order_id and c.line_id = p.line_id and c.line_version <= p.line_version
                     order by c.line_version desc limit 1), o.units) as promised
) wants
cross join lateral (
    select greatest(0, least(coalesce(sum(a.units), 0), wants.promised - p.units)) as units
    from allocated a
    where a.order_id = p.order_id and a.line_id = p.line_id and not a.released and a.line_version <= p.line_version
      and a.line_version > coalesce((select max(r.line_version) from releases r
                                     where r.order_id = p.order_id and r.line_id = p.line_id and r.units > 0
                                       and r.line_version <= p.line_version), 0)
) held_then
cross join lateral (
    select greatest(0, coalesce(sum(a.units), 0)) as units
    from allocated a
    where a.order_id = p.order_id and a.line_id = p.line_id and not a.released
      and a.line_version > coalesce((select max(r.line_version) from releases r
                                     where r.order_id = p.order_id and r.line_id = p.line_id and r.units > 0), 0)
) held_now
cross join lateral (
    select coalesce(sum(one.units), 0) as units from (
        select r.units from releases r
        where r.order_id = p.order_id and r.line_id = p.line_id and r.line_version > p.line_version
        union all
        select c.units from cancelled c
        where c.order_id = p.order_id and c.line_id = p.line_id and c.line_version > p.line_version
    ) one
) moved
cross join lateral (
    select coalesce(sum(s.units), 0) as units from shipped s where s.order_id = p.order_id and s.line_id = p.line_id
) gone
cross join lateral (
    select least(p.units + held_then.units - held_now.units - moved.units, wants.still - gone.units)::bigint as units
) wanted
where wanted.units > 0;
comment on view waiting is
    'lines that still wait, and for how many units: for none that they own ahead, want no more, or that have left';

-- migrate:down
