-- name: session_in_force
-- The user of a session that has neither ended nor expired, while they are not disabled.
select u.user_name, u.role, u.merchants, u.nodes, s.expires_at, s.by_link
from sessions s join users u using (user_name)
where s.token_hash = $1 and s.ended_at is null and s.expires_at > now() and u.disabled_at is null;

-- name: user
-- A user, in force or not.
select user_name, role, merchants, nodes, password_hash, totp_seed, totp_confirmed, made_at, disabled_at
from users where user_name = $1;

-- name: users
-- All users, by name.
select user_name, role, merchants, nodes, password_hash is not null as has_password, totp_confirmed as has_code, made_at,
       disabled_at
from users order by user_name;

-- name: keep_user
-- A new user, or what a user may see from now on; who was disabled is in force again.
insert into users (user_name, role, merchants, nodes) values ($1, $2, $3, $4)
on conflict (user_name) do update
set role = excluded.role, merchants = excluded.merchants, nodes = excluded.nodes, disabled_at = null;

-- name: disable_user
-- Ends what a user may do.
update users set disabled_at = now() where user_name = $1 and disabled_at is null returning user_name;

-- name: set_password
-- Another password of a user.
update users set password_hash = $2 where user_name = $1 and disabled_at is null returning user_name;

-- name: set_seed
-- Another seed of a user's codes, unconfirmed; without one, no code is asked for.
update users set totp_seed = $2, totp_confirmed = false, totp_used = 0 where user_name = $1 returning user_name;

-- name: use_code
-- Counts a code, once and none before it; the first confirms its seed.
update users set totp_used = $2, totp_confirmed = true
where user_name = $1 and totp_used < $2 and totp_seed = $3
returning user_name;

-- name: open_session
-- A new session of a user.
insert into sessions (token_hash, user_name, expires_at, by_link) values ($1, $2, now() + $3::interval, $4) returning expires_at;

-- name: end_session
-- Ends a session.
update sessions set ended_at = now() where token_hash = $1 and ended_at is null;

-- name: end_sessions
-- Ends all sessions of a user, but for one.
update sessions set ended_at = now()
where user_name = $1 and ended_at is null and token_hash is distinct from $2::bytea;

-- name: make_link
-- A link that signs a user in, once.
insert into sign_in_links (token_hash, user_name, expires_at) values ($1, $2, now() + $3::interval);

-- name: use_link
-- Uses a link; nothing comes back where it was used, has expired or is none.
update sign_in_links l set used_at = now()
from users u
where l.token_hash = $1 and l.used_at is null and l.expires_at > now()
  and u.user_name = l.user_name and u.disabled_at is null
returning l.user_name;

-- name: end_links
-- Makes the unused links of a user worthless.
delete from sign_in_links where user_name = $1 and used_at is null;

-- name: forget_sessions
-- Deletes sessions and links that expired a month ago.
with links as (delete from sign_in_links where expires_at < now() - interval '30 days')
delete from sessions where expires_at < now() - interval '30 days';

-- name: bind_subject
-- A user in force who is who the provider says; the first time, who that is. Nothing where it is another.
update users set oidc_subject = $2
where user_name = $1 and disabled_at is null and (oidc_subject is null or oidc_subject = $2)
  and not exists (select from users other where other.oidc_subject = $2 and other.user_name <> $1)
returning user_name;
