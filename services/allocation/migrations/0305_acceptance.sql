-- migrate:up
alter table products
    add column swap_group text,
    add column attributes jsonb not null default '{}',
    add column price bigint not null default 0 check (price >= 0);
alter table products alter column attributes drop default, alter column price drop default;
create index products_of_group on products (merchant, swap_group) where swap_group is not null;

alter table policies
    add column backorderable boolean,
    add column preorders boolean not null default true,
    add column cap_units bigint check (cap_units >= 0),
    add column longest_wait_days int not null default 14 check (longest_wait_days >= 0),
    add column on_time_limit int not null default 80 check (on_time_limit >= 0);
alter table policies
    alter column preorders drop default,
    alter column longest_wait_days drop default,
    alter column on_time_limit drop default;
comment on table policies is
    'what a merchant wants of his queues and accepts; no sku: of all that have no policy of their own';

alter table supplies add column on_time_share int check (on_time_share >= 0);

update positions set shown = null where shown is not null;
alter table positions
    add column state_since timestamptz,
    add check ((shown is null) = (state_since is null));

create table rollups (
    sku text primary key references products,
    shown text,
    version bigint not null default 0
) with (fillfactor = 70);
comment on table rollups is 'what the page of a SKU shows over its nodes; locked after the positions';

alter table lines
    add column declined boolean not null default false,
    add check (not declined or cancelled = units);
alter table lines alter column declined drop default;

alter table due_positions add column by_fact boolean not null default false;
comment on table due_positions is
    'positions to be decided again, since time or (by_fact) news of products, nodes and policies changes what they come to';

-- migrate:down
