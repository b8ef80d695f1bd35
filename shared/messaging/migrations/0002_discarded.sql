-- migrate:up
alter table inbox drop constraint inbox_outcome_check;
alter table inbox add constraint inbox_outcome_check check (outcome in ('done', 'parked', 'dead', 'discarded'));

create table discarded (
    source text not null,
    event_id text not null,
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    key bytea,
    reason text not null,
    died_at timestamptz not null,
    discarded_by text not null check (discarded_by <> ''),
    why text not null check (why <> ''),
    discarded_at timestamptz not null default now(),
    primary key (source, event_id),
    foreign key (source, event_id) references inbox
);
comment on table discarded is 'append-only: dead letters that somebody gave up for good, without their bodies';

-- migrate:down
