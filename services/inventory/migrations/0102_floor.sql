-- migrate:up
alter table nodes add column zone text not null default 'UTC';
alter table nodes alter column zone drop default;
comment on column nodes.zone is 'its calendar decides on which day a lot is past its life';

alter table products
    add column merchant text not null default '',
    add column dated boolean not null default false,
    add column min_life_days int not null default 0 check (min_life_days >= 0);
alter table products
    alter column merchant drop default,
    alter column dated drop default,
    alter column min_life_days drop default;
comment on table products is 'SKUs that are known, whose they are, and how much life their units must have left';

create table policies (
    merchant text not null,
    sku text not null,
    version bigint not null,
    count_percent int not null check (count_percent between 0 and 100),
    primary key (merchant, sku)
);
comment on table policies is 'by how much a count may differ; an empty SKU stands for all of the merchant';

alter table positions add column opened_at timestamptz, add column compared_at timestamptz;
comment on column positions.opened_at is 'as of when the floor told the first balance';
comment on column positions.compared_at is 'as of when the floor''s newest report was compared';

alter table lots add column counted_at timestamptz, add column last_day date;
comment on column lots.counted_at is 'as of when these units were last counted';
comment on column lots.last_day is 'the last day on which these units may be sold: expiry less the minimum life';
alter table lots add constraint lots_last_day check (last_day is null or expires_on is not null);
create index lots_by_last_day on lots (node, last_day)
where status = 'sellable' and on_hand > 0 and last_day is not null;

alter table movements add column happened_at timestamptz;
update movements set happened_at = moved_at;
alter table movements alter column happened_at set not null;
comment on column movements.happened_at is 'when it was so on the floor; moved_at is when we knew';
alter table movements drop constraint movements_reason_check;
alter table movements add constraint movements_reason_check check (reason in (
    'opening', 'receipt', 'count', 'expiry', 'hold', 'unhold', 'rework', 'ship', 'short', 'return', 'damage',
    'lot_correction', 'correction'
));
alter table movements add constraint movements_signs check (
    case reason when 'ship' then delta < 0 when 'opening' then delta > 0 when 'return' then delta > 0 else true end
);
alter table movements add constraint movements_of_returns check (reason <> 'return' or status = 'quarantine');
create index movements_by_lot on movements (sku, node, status, lot, happened_at) include (delta);
create index movements_by_time on movements (sku, node, happened_at);

update positions p set opened_at = o.at
from (select sku, node, min(happened_at) as at from movements where reason = 'opening' group by sku, node) o
where p.sku = o.sku and p.node = o.node;
update lots set last_day = expires_on where expires_on is not null;

create table counts (
    count_id text primary key,
    place bigint generated always as identity,
    sku text not null,
    node text not null,
    status text not null check (status in ('sellable', 'rework', 'quarantine', 'damaged')),
    lot text not null,
    kind text not null check (kind in ('blind', 'recount')),
    recount_of text,
    units bigint not null check (units >= 0),
    ledger bigint not null,
    outcome text not null check (outcome in ('agreed', 'booked', 'differs', 'superseded')),
    counted_at timestamptz not null,
    foreign key (sku, node) references positions,
    check ((outcome = 'agreed') <= (units = ledger)),
    check ((outcome in ('booked', 'differs')) <= (units <> ledger))
);
comment on table counts is 'append-only: every count, what the ledger said of that instant, and what became of it';
create index counts_by_lot on counts (sku, node, status, lot, counted_at, place);

create table reports (
    report_id text not null,
    sku text not null,
    node text not null,
    kind text not null check (kind in ('opening', 'nightly')),
    as_of timestamptz not null,
    primary key (report_id, sku, node),
    foreign key (sku, node) references positions
);
comment on table reports is 'append-only: every report of a position, so that each is read once';

create table discrepancies (
    exception_id text primary key,
    exception_class text not null check (exception_class in (
        'request_refused', 'count_differs', 'on_hand_differs', 'pick_short', 'lot_expired'
    )),
    sku text not null,
    node text not null,
    status text not null check (status in ('sellable', 'rework', 'quarantine', 'damaged')),
    lot text not null,
    subject text not null,
    at timestamptz not null,
    facts jsonb not null,
    version bigint not null check (version > 0),
    state text not null check (state in ('open', 'settled')),
    foreign key (sku, node) references positions
);
comment on table discrepancies is 'what a person must look at, or had to';
create unique index discrepancies_one_count on discrepancies (sku, node, status, lot)
where exception_class = 'count_differs' and state = 'open';
create unique index discrepancies_one_report on discrepancies (sku, node, status, lot)
where exception_class = 'on_hand_differs';
create index discrepancies_open on discrepancies (sku, node) where state = 'open';
create index discrepancies_by_class on discrepancies (exception_class, state, at desc, exception_id);
create index discrepancies_by_node on discrepancies (node, exception_class, state, at desc, exception_id);

-- migrate:down
