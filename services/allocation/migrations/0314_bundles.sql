-- migrate:up
alter table products add column components jsonb not null default '{}';
create index products_components on products using gin (components);
comment on column products.components is 'of a bundle: units of each SKU that go into one';

create table bundles (
    order_id text collate "C" not null references orders,
    line_id text collate "C" not null,
    sku text not null references products,
    node text not null references nodes,
    units bigint not null check (units > 0),
    unit_price bigint not null check (unit_price >= 0),
    in_parts boolean not null,
    line_version bigint not null default 0,
    whole bigint not null default 0 check (whole >= 0),
    cancelled bigint not null default 0 check (cancelled >= 0),
    waiting bigint not null default 0 check (waiting >= 0),
    primary key (order_id, line_id),
    check (whole + cancelled <= units and waiting <= units)
) with (fillfactor = 70);
comment on table bundles is
    'ordered lines of bundles: what their components came to, as told last; their row is locked after those of orders';

alter table lines
    add column bundle_line_id text collate "C",
    add column per_bundle bigint check (per_bundle > 0 and units % per_bundle = 0),
    add foreign key (order_id, bundle_line_id) references bundles,
    add check ((bundle_line_id is null) = (per_bundle is null));
comment on column lines.bundle_line_id is 'the ordered bundle that a line is a component of, per_bundle units of each';

create table bundle_promises (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    line_version bigint not null,
    units bigint not null check (units > 0),
    earliest date,
    latest date,
    reason text not null,
    cause text not null,
    consent text not null check (consent in ('not_needed', 'silent_until', 'yes_by')),
    promised_at timestamptz not null,
    primary key (order_id, line_id, line_version),
    foreign key (order_id, line_id) references bundles,
    check ((earliest is null) = (latest is null) and earliest <= latest)
);
comment on table bundle_promises is 'append-only: every range that an ordered bundle was promised, and why';

alter table standings drop constraint standings_order_id_line_id_fkey;
comment on table standings is
    'how each ordered line under the rule stands, a bundle''s too, and when to look at it next; an end is for good';

-- migrate:down
