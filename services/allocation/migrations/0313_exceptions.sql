-- migrate:up
create table exceptions (
    exception_id text primary key,
    exception_class text not null,
    subject text not null,
    facts jsonb not null,
    version bigint not null default 1 check (version > 0),
    state text not null default 'open' check (state in ('open', 'settled')),
    check ((state = 'settled') = (facts ? 'settled_by'))
);
comment on table exceptions is 'what a person must look at, or had to, and who settled it';

-- migrate:down
