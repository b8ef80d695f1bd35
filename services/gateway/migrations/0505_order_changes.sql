-- migrate:up
create table order_changes (
    order_id text not null,
    change_no bigint not null check (change_no > 0),
    content bytea not null check (length(content) = 32),
    primary key (order_id, change_no)
);
comment on table order_changes is 'which change of an order each number stands for, as a seal of what was said over HTTP';

-- migrate:down
