-- In the node's database, once: the gateway as a node, and everything of this node to it.
-- No host and port: the node's own server. A real node writes those of its gateway here
-- (NodeManager). A connection without station means every station.

insert into node (name, dbname, contact_name)
values ('EPOS gateway', 'gnss-europe-gateway', 'operator of the gateway')
    on conflict (name) do nothing;

insert into connections (source, destiny, station, metadata)
select own.id, gateway.id, null, tier
  from (select min(id) as id from node where dbname = current_database()) own
  join node gateway on gateway.name = 'EPOS gateway' and gateway.id <> own.id
 cross join unnest(array['T1', 'T2', 'T3']) tier
    on conflict (source, destiny, station, metadata) do nothing;
