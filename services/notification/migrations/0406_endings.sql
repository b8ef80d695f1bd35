-- migrate:up
alter table lines alter column ordered drop not null;
comment on column lines.ordered is 'empty for a line that a change of the order made: it has what it is said to have';

create table ahead (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    units bigint not null check (units <> 0),
    primary key (order_id, line_id, line_version),
    foreign key (order_id, line_id) references lines
);
comment on table ahead is 'append-only: units that are a line''s ahead of their release; negative: given back unreleased';

create table endings (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    what text not null check (what in ('asked', 'ours', 'declined', 'swapped')),
    units bigint not null check (units > 0),
    wanted bigint not null check (wanted >= 0),
    reason text not null,
    alternatives text[] not null,
    primary key (order_id, line_id, line_version),
    foreign key (order_id, line_id) references lines
);
comment on table endings is
    'append-only: units that are not coming: cancelled as asked or by us, declined, or wanted on another line';

create table refunds (
    order_id text not null,
    line_id text not null,
    cause text not null,
    place bigint not null generated always as identity unique,
    units bigint not null check (units > 0),
    due_by date not null,
    primary key (order_id, line_id, cause),
    foreign key (order_id, line_id) references lines
);
comment on table refunds is 'append-only: units whose money must be sent back, and by which day';

alter table notices drop constraint notices_kind_check;
alter table notices add constraint notices_kind_check
    check (kind in ('confirmed', 'moved', 'released', 'cancelled', 'declined', 'refund'));
alter table notices add column tells_dates boolean not null
    generated always as (kind not in ('released', 'cancelled', 'declined', 'refund')) stored;
alter table notice_lines add column refund_by date, add column refunds int not null default 0;

create view waiting as
select l.order_id, l.line_id, coalesce(ends.wanted, l.ordered) as wanted,
       case when l.promise_version > 0 then
           greatest(0, least(l.units + held_then.units - held_now.units - moved.units,
                             coalesce(ends.wanted, l.ordered) - left_us.units))
       else 0 end::bigint as units
from lines l
cross join lateral (
    select (select e.wanted from endings e where e.order_id = l.order_id and e.line_id = l.line_id
            order by e.line_version desc limit 1) as wanted,
           (select e.wanted from endings e
            where e.order_id = l.order_id and e.line_id = l.line_id and e.line_version <= l.promise_version
            order by e.line_version desc limit 1) as wanted_then
) ends
cross join lateral (
    select greatest(0, least(coalesce(sum(a.units), 0), coalesce(ends.wanted_then, l.ordered) - l.units)) as units
    from ahead a
    where a.order_id = l.order_id and a.line_id = l.line_id and a.line_version <= l.promise_version
      and a.line_version > coalesce((select max(r.line_version) from releases r
                                     where r.order_id = l.order_id and r.line_id = l.line_id
                                       and r.line_version <= l.promise_version), 0)
) held_then
cross join lateral (
    select greatest(0, coalesce(sum(a.units), 0)) as units
    from ahead a
    where a.order_id = l.order_id and a.line_id = l.line_id
      and a.line_version > coalesce((select max(r.line_version) from releases r
                                     where r.order_id = l.order_id and r.line_id = l.line_id), 0)
) held_now
cross join lateral (
    select coalesce(sum(one.units), 0) as units from (
        select r.units from releases r
        where r.order_id = l.order_id and r.line_id = l.line_id and r.line_version > l.promise_version
        union all
        select -v.units from revocations v
        where v.order_id = l.order_id and v.line_id = l.line_id and v.line_version > l.promise_version
        union all
        select e.units from endings e
        where e.order_id = l.order_id and e.line_id = l.line_id and e.line_version > l.promise_version
    ) one
) moved
cross join lateral (
    select coalesce(sum(s.units), 0) as units from shipments s
    where s.order_id = l.order_id and s.line_id = l.line_id
) left_us;
comment on view waiting is
    'how many units of a line still wait: those of its last promise, less what it got, owns ahead or does not want since';

-- migrate:down
