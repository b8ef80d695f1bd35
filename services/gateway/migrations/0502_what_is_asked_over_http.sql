-- migrate:up
alter table releases drop constraint releases_units_check, add check (units <> 0);
comment on table releases is 'append-only: units that waiting lines got, or lost again when negative';

create table exceptions (
    exception_id text primary key,
    version bigint not null,
    class text not null,
    subject text not null,
    facts jsonb not null,
    state text not null check (state in ('open', 'settled'))
);
comment on table exceptions is 'what a person must look at, or had to';
create index exceptions_open on exceptions (exception_id) where state = 'open';
create index exceptions_by_subject on exceptions (subject, exception_id);

create table inbound (
    sku text not null,
    node text not null,
    version bigint not null,
    after_sequence bigint,
    supplies jsonb not null,
    primary key (sku, node)
) with (fillfactor = 70);
comment on table inbound is 'everything on its way to each position';
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

create table advices (
    asn_id text primary key,
    version bigint not null,
    supplier_id text not null,
    node text not null,
    closed_at timestamptz not null,
    lines jsonb not null,
    format text,
    document text
);
comment on table advices is 'what suppliers were told of their trucks';

create table asn_files (
    file_id text primary key,
    sender text not null,
    state text not null check (state in ('acknowledged', 'refused')),
    asns jsonb not null,
    faults jsonb not null check ((state = 'refused') = (faults <> '[]')),
    answer text,
    said_at timestamptz not null
);
comment on table asn_files is 'what became of suppliers'' files, as said last';

create table dock (
    asn_id text not null,
    kind text not null check (kind in ('appointment', 'no_show', 'arrival', 'close')),
    subject text not null,
    node text not null,
    state text not null,
    at timestamptz,
    ends_at timestamptz,
    door text,
    details jsonb not null,
    said_at timestamptz not null,
    primary key (asn_id, kind, subject)
);
comment on table dock is 'what happened at the doors, each thing as said last; a refused request has no time';
create index dock_by_day on dock (node, at);

create table scan_answers (
    scan_id text primary key,
    device_id text not null,
    told jsonb not null,
    said_at timestamptz not null
);
comment on table scan_answers is 'what devices were told of their scans, for a day, each as said last';
create index scan_answers_by_device on scan_answers (device_id, said_at desc, scan_id);
create index scan_answers_by_age on scan_answers (said_at);

create table nodes (
    node text primary key,
    version bigint not null,
    zone text not null
);
comment on table nodes is 'where a node''s day begins';

create table skus (
    sku text primary key,
    version bigint not null,
    merchant text not null
);
comment on table skus is 'whose goods they are; version 0 was claimed by its merchant over HTTP and is on its way';

create table orders (
    order_id text primary key,
    merchant text not null
);
comment on table orders is 'whose orders they are';

create table api_keys (
    prefix text primary key check (prefix ~ '^[0-9a-f]{8}$'),
    secret_hash bytea not null check (length(secret_hash) = 32),
    scopes text[] not null
        check (scopes <> '{}' and scopes <@ '{scan,asn,dock,stock,order,read,admin}'),
    merchant text,
    name text not null check (name <> ''),
    made_at timestamptz not null default now(),
    revoked_at timestamptz
);
comment on table api_keys is 'who may call; the secrets themselves are kept nowhere';

create table answers (
    request bytea primary key check (length(request) = 32),
    content bytea not null check (length(content) = 32),
    answer text not null,
    answered_at timestamptz not null default now()
);
comment on table answers is 'what requests with an Idempotency-Key were answered, for a day; seals instead of what they said';
create index answers_by_age on answers (answered_at);

-- migrate:down
