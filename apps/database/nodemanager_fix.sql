-- The "NodeManager fix". The original's content is not public; ours repairs what a load with
-- explicit ids leaves behind: sequences that would hand out ids already taken, at which the first
-- insertion by NodeManager (a node, a connection, a data centre) fails.
do $$
declare
    target record;
begin
    for target in
        select c.oid::regclass as name, pg_get_serial_sequence(c.oid::regclass::text, 'id') as ids
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'id' and a.attidentity <> ''
        where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
    loop
        execute format('select setval(%L, coalesce((select max(id) from %s), 0) + 1, false)',
                       target.ids, target.name);
    end loop;
end
$$;
