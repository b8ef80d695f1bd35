-- migrate:up
create table moves (
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    change_no bigint not null,
    source text not null,
    queue_at_before timestamptz not null,
    queue_at timestamptz not null,
    moved_by text not null,
    reason text not null,
    moved_at timestamptz not null,
    primary key (order_id, line_id, source, change_no),
    foreign key (order_id, line_id) references lines
);
comment on table moves is 'append-only: lines that a person moved in their queue, who did it and why';

create table stops (
    stop_id text primary key,
    order_id text collate "C" not null,
    line_id text collate "C" not null,
    change_no bigint not null,
    units bigint not null check (units >= 0),
    reason text not null,
    cause text not null,
    asked_at timestamptz not null,
    foreign key (order_id, line_id) references lines
);
comment on table stops is 'released units that the floor was asked to stop, and how many of them are still unanswered';
create index stops_open on stops (order_id, line_id) where units > 0;

-- migrate:down
