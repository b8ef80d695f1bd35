-- migrate:up
create table options (
    order_id text not null,
    line_id text not null,
    line_version bigint not null,
    consent text not null check (consent in ('silent_until', 'yes_by')),
    applicable_by date not null,
    revised_by date,
    answer_by date not null,
    send_before timestamptz not null,
    reason text not null,
    primary key (order_id, line_id, line_version),
    foreign key (order_id, line_id) references lines
);
comment on table options is
    'append-only: what the law lets customers choose of a delay, by the version of the line whose promise asks';

-- migrate:down
