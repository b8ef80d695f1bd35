-- migrate:up
create table stop_answers (
    stop_id text not null references stops,
    answered_at timestamptz not null,
    primary key (stop_id, answered_at)
);
comment on table stop_answers is 'when the floor put units back: the same answer counts once';

alter table orders
    add column listed boolean not null default false,
    add column payment_look_at timestamptz;
create index orders_listed on orders (order_id) where listed;
create index orders_payment on orders (payment_look_at) where payment_look_at is not null;
update orders set payment_look_at = authorized_until - interval '1 day';
comment on column orders.listed is 'passed over twice since the rest was not ready: support is asked to offer a split';
comment on column orders.payment_look_at is 'a day before the payment''s authorisation ends, then its end; none: nothing ends';

-- migrate:down
