-- migrate:up

create table requests (
    request_id text primary key,
    kind text not null,
    subject text not null,
    order_id text,
    merchant text,
    node text,
    actor text not null,
    why text not null,
    body jsonb not null,
    traceparent text,
    state text not null check (state in ('planned', 'sent', 'done', 'refused', 'undone')),
    made_at timestamptz not null,
    due_at timestamptz not null,
    sent_at timestamptz,
    settled_at timestamptz,
    change_no bigint,
    cause text unique,
    undone_by text,
    outcome text not null default '',
    check ((undone_by is not null) = (state = 'undone')),
    check (due_at >= made_at),
    check ((cause is null) = (sent_at is null)),
    check (cause is not null or state not in ('sent', 'done')),
    check ((settled_at is not null) = (state in ('done', 'refused', 'undone')))
);
comment on table requests is 'what people asked for: not sent before it is due, so that it can be undone until then; kept as who did what, and why';
comment on column requests.kind is 'the event that it becomes';
comment on column requests.body is 'that event, without its number';
comment on column requests.cause is 'source and id of the event that it became, by which its answer names it';
comment on column requests.outcome is 'why it was refused, or what of it was not done';
create index requests_by_due on requests (due_at) where state = 'planned';
create index requests_by_order on requests (order_id, change_no);
create index requests_by_subject on requests (subject, request_id);
create index requests_by_actor on requests (actor, request_id);
create index requests_by_merchant on requests (merchant, request_id);
create index requests_by_node on requests (node, request_id);
create index requests_by_state on requests (state, request_id);

create table links (
    order_id text primary key,
    generation bigint not null check (generation > 1),
    revoked_at timestamptz not null
);
comment on table links is 'orders whose links of before the generation lead nowhere any more';

-- migrate:down
