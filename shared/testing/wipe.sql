-- name: wipe
-- Ends the connections of others, and empties the tables that hold anything.
do $$
declare
    touched text;
begin
    perform pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid();
    while exists (select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()) loop
        perform pg_sleep(0.002), pg_stat_clear_snapshot();
    end loop;
    select string_agg(c.oid::regclass::text, ', ') into touched
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema)' and c.relname not in ('schema_migrations', 'local_clock')
      and pg_relation_size(c.oid) > 0;
    if touched is not null then
        execute 'truncate ' || touched || ' restart identity cascade';
    end if;
    update public.local_clock set ahead = '0';
end
$$;

-- name: fingerprint
-- Tables with their columns and rights, and functions, as one sum: another one where a test changed more than rows.
select md5(string_agg(what, ',' order by what)) from (
    select n.nspname || '.' || c.relname || ' ' || coalesce(c.relacl::text, '') || ' ' || string_agg(a.attname, ' ' order by a.attnum)
        as what
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relkind in ('r', 'v') and n.nspname !~ '^(pg_|information_schema)'
    group by n.nspname, c.relname, c.relacl::text
    union all
    select n.nspname || '.' || p.proname || ' ' || p.prosrc
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname !~ '^(pg_|information_schema)'
) as parts;
