-- What a service's login role may do in its schema, and the checker's right to read it.
-- A table whose comment begins with "append-only" takes new rows and loses none.
grant usage on schema %schema% to %role%, %checker%;
grant select, insert, update, delete on all tables in schema %schema% to %role%;
grant usage on all sequences in schema %schema% to %role%;
grant select on all tables in schema %schema% to %checker%;
do $$
declare
    append_only regclass;
begin
    for append_only in
        select c.oid::regclass from pg_class c
        where c.relnamespace = '%schema%'::regnamespace and obj_description(c.oid, 'pg_class') like 'append-only%'
    loop
        execute format('revoke update, delete on %s from %I', append_only, '%role%');
    end loop;
end
$$;
