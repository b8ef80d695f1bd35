-- migrate:up

create table users (
    user_name text primary key check (user_name ~ '^[^|/[:cntrl:]]{1,100}$'),
    role text not null check (role in ('dock', 'support', 'operations', 'planner', 'admin')),
    merchants text[] check (merchants <> '{}'),
    nodes text[] check (nodes <> '{}'),
    password_hash text,
    totp_seed bytea,
    totp_confirmed boolean not null default false,
    totp_used bigint not null default 0,
    oidc_subject text unique,
    made_at timestamptz not null default now(),
    disabled_at timestamptz,
    check (totp_seed is not null or not totp_confirmed)
);
comment on table users is 'people who sign in, and what they may see; their sessions are in force while they are not disabled';
comment on column users.merchants is 'the only merchants whose goods and orders they see; absent: all';
comment on column users.nodes is 'the only nodes that they see; absent: all';
comment on column users.password_hash is 'argon2id; absent: they sign in by a link';
comment on column users.totp_seed is 'encrypted with TOTP_KEYS; asked for at sign-in once a code of it has been confirmed';
comment on column users.oidc_subject is 'who they are at the identity provider, from their first sign-in there on';
comment on column users.totp_used is 'the 30 seconds whose code was used last: each code counts once (RFC 6238, 5.2)';

create table sessions (
    token_hash bytea primary key check (length(token_hash) = 32),
    user_name text not null references users,
    made_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz,
    by_link boolean not null,
    check (expires_at > made_at)
);
comment on table sessions is 'who is signed in; the tokens themselves are kept nowhere';
comment on column sessions.by_link is 'it was opened by a link, and so may set a password without the old one';
create index sessions_by_user on sessions (user_name);
create index sessions_by_age on sessions (expires_at);

create table sign_in_links (
    token_hash bytea primary key check (length(token_hash) = 32),
    user_name text not null references users,
    expires_at timestamptz not null,
    used_at timestamptz
);
comment on table sign_in_links is 'links that sign in once';
create index sign_in_links_by_age on sign_in_links (expires_at);

-- migrate:down
