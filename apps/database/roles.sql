-- The roles of the applications; each may do what its application does, and logs in by a secret of
-- its own, which the entrypoint sets. epos_app may do what all of them may: for an operator's own.
do $$
declare
    one text;
begin
    foreach one in array array['epos_app', 'epos_glass', 'epos_fwss', 'epos_sync',
                               'epos_nodemanager', 'epos_portal']
    loop
        if not exists (select from pg_roles where rolname = one) then
            execute format('create role %I nologin nosuperuser nocreatedb nocreaterole', one);
        end if;
    end loop;
end
$$;
alter role epos_glass set default_transaction_read_only = on;
