-- migrate:up
alter table availability
    add column ships_by date,
    add column valid_until timestamptz,
    add column alternatives jsonb not null default '[]',
    drop constraint availability_check;
alter table availability alter column alternatives drop default;

-- migrate:down
