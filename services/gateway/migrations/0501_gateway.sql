-- migrate:up

create table api_keys (
    prefix text primary key check (prefix ~ '^[0-9a-f]{8}$'),
    secret_hash bytea not null check (length(secret_hash) = 32),
    scopes text[] not null
        check (scopes <> '{}' and scopes <@ '{scan,asn,dock,stock,order,import,settle,plan,storefront,read,admin}'),
    merchants text[] check (merchants <> '{}'),
    nodes text[] check (nodes <> '{}'),
    rate text,
    name text not null check (name <> ''),
    made_at timestamptz not null default now(),
    revoked_at timestamptz,
    check (scopes <> '{storefront}' or (cardinality(merchants) = 1 and nodes is null))
);
comment on table api_keys is 'who may call; the secrets themselves are kept nowhere';
comment on column api_keys.scopes is 'storefront alone: a publishable key, which any visitor of a shop can read';
comment on column api_keys.merchants is 'the only merchants whose goods and orders it opens; absent: all';
comment on column api_keys.nodes is 'the only nodes that it opens; absent: all';
comment on column api_keys.rate is 'how often it may call, such as 100/minute; absent: as often as gateway''s setting says';

create table idempotent_answers (
    request bytea primary key check (length(request) = 32),
    content bytea not null check (length(content) = 32),
    answer text not null,
    answered_at timestamptz not null default now()
);
comment on table idempotent_answers is
    'what requests with an Idempotency-Key were answered, for a day; seals instead of what they said';
comment on column idempotent_answers.request is 'hash of caller, path and Idempotency-Key';
comment on column idempotent_answers.content is 'hash of the body, so that another body under the same key is refused';
create index idempotent_answers_by_age on idempotent_answers (answered_at);

create table nodes (
    node text primary key,
    version bigint not null,
    zone text not null
);
comment on table nodes is 'where a node''s day begins';

create table merchants (
    merchant text primary key,
    version bigint not null,
    markets text[] not null
);
comment on table merchants is 'which merchants there are, and to which countries they sell; to any where none is named';

create table policies (
    merchant text not null,
    sku text not null,
    version bigint not null,
    priorities text[] not null,
    primary key (merchant, sku)
);
comment on table policies is 'the priorities that merchants give a head start';
comment on column policies.sku is 'empty: of all SKUs of the merchant that have no policy of their own';

create table skus (
    sku text primary key,
    version bigint not null,
    merchant text not null,
    components text[] not null default '{}'
);
comment on table skus is
    'whose goods they are; version 0 was claimed by its merchant over HTTP and is on its way';
create index skus_by_merchant on skus (merchant, sku);
create index skus_by_component on skus using gin (components);

create table orders (
    order_id text primary key,
    merchant text not null
);
comment on table orders is 'whose orders they are';

create table order_endings (
    order_id text primary key,
    told_at timestamptz not null
);
comment on table order_endings is 'when units of orders were last shipped, cancelled or declined';

create table order_changes (
    order_id text not null,
    change_no bigint not null check (change_no > 0),
    content bytea not null check (length(content) = 32),
    primary key (order_id, change_no)
);
comment on table order_changes is
    'which change of an order each number stands for, as a seal of what was said over HTTP';
comment on column order_changes.content is
    'hash of the change, so that the same change may come again under its number';

create table ordered_lines (
    order_id text not null,
    line_id text not null,
    units bigint not null check (units > 0),
    sku text,
    primary key (order_id, line_id)
);
comment on table ordered_lines is 'append-only: for how many units each line was ordered';
comment on column ordered_lines.sku is 'the SKU that was ordered';

create table promises (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    sku text not null,
    node text not null,
    units bigint not null check (units > 0),
    earliest date,
    latest date,
    supply_id text,
    reason text not null,
    cause text not null,
    primary key (order_id, line_id),
    check (earliest <= latest),
    check ((earliest is null) = (latest is null))
) with (fillfactor = 70);
comment on table promises is 'what each line was promised last, for the units that waited then';

create table releases (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    units bigint not null check (units <> 0),
    primary key (order_id, line_id, line_version)
);
comment on table releases is 'append-only: units that waiting lines got, or lost again when negative';

create table allocated_units (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    sku text not null,
    units bigint not null check (units > 0),
    primary key (order_id, line_id, line_version)
);
comment on table allocated_units is 'append-only: units that lines got at once, without having waited';

create table shipped_units (
    order_id text not null,
    line_id text not null,
    shipment_id text not null,
    sku text not null,
    units bigint not null check (units > 0),
    primary key (order_id, line_id, shipment_id, sku)
);
comment on table shipped_units is
    'append-only: units that left under lines, allocated before or not; those of another SKU are not the line''s';

create table cancelled_units (
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
comment on table cancelled_units is
    'append-only: units that lines want no more, or on a new line, and how many they still want';
comment on column cancelled_units.wanted is 'units that the line still wants';
comment on column cancelled_units.new_line_id is 'of a swap: the line on which the units are wanted instead';

create table declined_lines (
    order_id text not null,
    line_id text not null,
    sku text not null,
    units bigint not null check (units > 0),
    reason text not null,
    alternatives jsonb not null,
    primary key (order_id, line_id)
);
comment on table declined_lines is 'append-only: lines that were not accepted, and what there was instead';

create table refunds (
    order_id text not null,
    line_id text not null,
    cause text not null,
    units bigint not null check (units > 0),
    due_by date not null,
    primary key (order_id, line_id, cause)
);
comment on table refunds is 'append-only: units whose money must be sent back, and by which day';

create table availability (
    sku text not null,
    node text not null,
    version bigint not null,
    merchant text not null,
    state text not null,
    available_to_sell bigint not null check (available_to_sell >= 0),
    max_orderable bigint not null,
    breaks jsonb not null,
    as_of timestamptz not null,
    ships_by date,
    valid_until timestamptz,
    alternatives jsonb not null,
    primary key (sku, node)
) with (fillfactor = 70);
comment on table availability is 'what product pages show, as told last; an empty node stands for all nodes';
comment on column availability.breaks is 'when orders of up to so many units would ship, as an array';

create table inbound (
    sku text not null,
    node text not null,
    version bigint not null,
    after_sequence bigint,
    supplies jsonb not null,
    primary key (sku, node)
) with (fillfactor = 70);
comment on table inbound is 'everything on its way to each position';
comment on column inbound.after_sequence is 'the stock sequence by which dropped supplies have landed';
create index inbound_by_node on inbound (node, sku);

create table queues (
    sku text not null,
    node text not null,
    version bigint not null,
    waiting_lines bigint not null check (waiting_lines >= 0),
    waiting_units bigint not null check (waiting_units >= 0),
    waiting_value bigint not null check (waiting_value >= 0),
    primary key (sku, node)
) with (fillfactor = 70);
comment on table queues is 'how much waits for each position';
create index queues_by_value on queues (waiting_value desc, sku, node) where waiting_lines > 0;
create index queues_by_units on queues (waiting_units desc, sku, node) where waiting_lines > 0;
create index queues_of_node_by_value on queues (node, waiting_value desc, sku) where waiting_lines > 0;
create index queues_of_node_by_units on queues (node, waiting_units desc, sku) where waiting_lines > 0;

create table asn_files (
    file_id text primary key,
    sender text not null,
    state text not null check (state in ('acknowledged', 'refused')),
    asns jsonb not null,
    faults jsonb not null,
    answer text,
    told_at timestamptz not null,
    test boolean not null default false,
    check ((state = 'refused') = (faults <> '[]'::jsonb))
);
comment on table asn_files is 'what became of suppliers'' files, as said last';

create table receiving_advices (
    asn_id text primary key,
    version bigint not null,
    supplier_id text not null,
    node text not null,
    closed_at timestamptz not null,
    lines jsonb not null,
    format text,
    document text
);
comment on table receiving_advices is 'what suppliers were told of their trucks';

create table dock_events (
    asn_id text not null,
    kind text not null check (kind in ('appointment', 'no_show', 'arrival', 'close')),
    subject text not null,
    node text not null,
    state text not null,
    at timestamptz,
    ends_at timestamptz,
    door text,
    details jsonb not null,
    told_at timestamptz not null,
    primary key (asn_id, kind, subject)
);
comment on table dock_events is 'what happened at the doors, each thing as said last; a refused request has no time';
comment on column dock_events.kind is
    'appointment, no_show, arrival or close; the newest of each kind and subject is kept';
create index dock_events_by_day on dock_events (node, at);

create table scan_answers (
    scan_id text primary key,
    device_id text not null,
    node text,
    told jsonb not null,
    told_at timestamptz not null
);
comment on table scan_answers is 'what devices were told of their scans, for a day, each as said last';
create index scan_answers_by_device on scan_answers (device_id, told_at desc, scan_id);
create index scan_answers_by_age on scan_answers (told_at);

create table exceptions (
    exception_id text primary key,
    version bigint not null,
    class text not null,
    subject text not null,
    facts jsonb not null,
    state text not null check (state in ('open', 'settled')),
    opened_at timestamptz,
    node text,
    merchant text
);
comment on table exceptions is 'what a person must look at, or had to';
create index exceptions_by_subject on exceptions (subject, exception_id);
create index exceptions_by_state on exceptions (state, exception_id);
create index exceptions_by_class on exceptions (class, exception_id);
create index exceptions_by_class_and_state on exceptions (class, state, exception_id);
create index exceptions_by_merchant on exceptions (merchant, state, exception_id);
create index exceptions_by_node on exceptions (node, state, exception_id);
create statistics exceptions_class_and_state (mcv) on class, state from exceptions;

create view waiting as
select p.order_id, p.line_id, p.sku, p.node, wanted.units, p.earliest, p.latest, p.supply_id, p.reason, p.cause
from promises p
left join ordered_lines o using (order_id, line_id)
cross join lateral (
    select coalesce((select c.wanted from cancelled_units c where c.order_id = p.order_id and c.line_id = p.line_id
                     order by c.line_version desc limit 1), o.units) as still
) wants
cross join lateral (
    select coalesce(sum(one.units), 0) as units from (
        select r.units from releases r
        where r.order_id = p.order_id and r.line_id = p.line_id and r.line_version > p.line_version
        union all
        select c.units from cancelled_units c
        where c.order_id = p.order_id and c.line_id = p.line_id and c.line_version > p.line_version
    ) one
) moved
cross join lateral (
    select coalesce(sum(s.units), 0) as units from shipped_units s
    where s.order_id = p.order_id and s.line_id = p.line_id and s.sku = p.sku
) gone
cross join lateral (
    select least(p.units - moved.units, wants.still - gone.units)::bigint as units
) wanted
where wanted.units > 0;
comment on view waiting is
    'lines that still wait, and for how many units: for none that they got, want no more, or that have left';

-- migrate:down
