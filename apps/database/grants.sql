-- For the node's database and the gateway's: what each role may do. None owns or creates anything.
revoke all on schema public from public;
grant usage on schema public to epos_app, epos_glass, epos_fwss, epos_sync, epos_nodemanager;
grant select, insert, update, delete on all tables in schema public to epos_app;
grant usage, select on all sequences in schema public to epos_app;

-- GLASS reads, but not how the node logs in at others.
grant select on all tables in schema public to epos_glass, epos_fwss, epos_nodemanager, epos_sync;
revoke select on node from epos_glass, epos_fwss;
grant select (id, name, host, port, dbname, url, email, contact_name) on node to epos_glass;

-- FWSS writes metadata: not what is NodeManager's, the queue, or which version the schema has.
grant insert, update, delete on all tables in schema public to epos_fwss;
revoke insert, update, delete on node, connections, data_center, node_data_center, queries,
    failed_queries, change_log, schema_version from epos_fwss;

-- NodeManager has the network of nodes, and puts failed entries back into the queue.
grant insert, update, delete on node, connections, data_center, node_data_center, change_log,
    queries, failed_queries to epos_nodemanager;
grant insert on agency to epos_nodemanager;

-- EPOS_Sync_System reads the node and works its queue off; the gateway is what it writes.
grant insert, update, delete on queries, failed_queries to epos_sync;
do $$
begin
    if current_database() like 'gnss-europe-gateway%' then
        grant insert, update, delete on all tables in schema public to epos_sync;
        revoke insert, update, delete on schema_version from epos_sync;
    end if;
end
$$;
