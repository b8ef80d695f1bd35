-- migrate:up
alter table lines add column shown_by date;
comment on column lines.shown_by is
    'T of 16 CFR 435: the day by which the line was shown to ship, else 30 days on; empty where that rule is not on';

alter table promises
    add column consent text not null default 'not_needed' check (consent in ('not_needed', 'silent_until', 'yes_by'));
comment on column promises.consent is 'what it asks of the customer: a notice of one that asks is an option notice';

create table legal_facts (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    kind text not null check (kind in ('told', 'bounced', 'agreed', 'refused', 'shipped')),
    name text not null,
    happened_at timestamptz not null,
    revised_by date check (revised_by is null or kind in ('told', 'agreed')),
    units bigint check (units > 0),
    primary key (order_id, line_id, kind, name),
    check ((kind = 'shipped') = (units is not null))
);
comment on table legal_facts is
    'append-only: what happened to lines that the rule looks at, and when, by the name of the notice, answer or shipment';

create table standings (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    shown_in_stock boolean not null,
    applicable_by date,
    open_units bigint not null check (open_units >= 0),
    revised boolean not null default false,
    asked boolean not null default false,
    offered boolean not null default false,
    ended_at timestamptz,
    vests_on date,
    ended_because text check (ended_because in ('refused', 'no_consent', 'no_further_consent', 'no_notice', 'cancelled')),
    ended_units bigint check (ended_units > 0),
    look_at timestamptz,
    primary key (order_id, line_id),
    foreign key (order_id, line_id) references lines,
    check (num_nonnulls(ended_at, vests_on, ended_because, ended_units) in (0, 4)),
    check (ended_at is null or look_at is null)
) with (fillfactor = 70);
comment on table standings is
    'how each line under the rule stands, as its facts say, and when to look at it next; an end is for good';
create index standings_look_at on standings (look_at) where look_at is not null;

-- migrate:down
