-- T2 at the gateway: the file in epos.carried, of the node in epos.node.
insert into node (name, host, port, dbname, url, email, contact_name)
select node->>'name', node->>'host', (node->>'port')::integer, node->>'dbname', node->>'url',
       node->>'email', node->>'contact_name'
  from (select current_setting('epos.node')::jsonb as node) carried
    on conflict (name) do nothing;

insert into file_type (format, sampling_window, sampling_frequency)
select type->>0, type->>1, type->>2
  from (select current_setting('epos.carried')::jsonb->'type' as type) carried
    on conflict (format, sampling_window, sampling_frequency) do nothing;

do $$
declare
    row jsonb := current_setting('epos.carried')::jsonb;
    sender text := current_setting('epos.node')::jsonb->>'name';
    other text;
begin
    if not exists (
        select from station s
         where jsonb_build_array(s.marker, s.monument_num, s.receiver_num, s.country_code)
             = row->'station') then
        raise exception 'its station % is not at the gateway: is T1 carried there?',
            row->'station';
    end if;
    select min(n.name) into other
      from rinex_file f
      join node_rinex_file nf on nf.id_rinex_file = f.id
      join node n on n.id = nf.id_node
     where f.name = row->>'name' and f.relative_path = row->>'relative_path'
    having bool_and(n.name <> sender);
    if other is not null then
        raise exception 'the gateway has a file of this name and path from node %', other;
    end if;
end
$$;

insert into rinex_file as old (name, relative_path, id_station, id_data_center_structure,
    id_file_type, file_size, reference_date, creation_date, published_date, revision_date,
    md5checksum, md5uncompressed, status)
select c.name, c.relative_path,
       (select s.id from station s
         where s.marker = row #>> '{station,0}'
           and jsonb_build_array(s.marker, s.monument_num, s.receiver_num, s.country_code)
             = row->'station'),
       (select p.id from data_center_structure p
          join data_center d on d.id = p.id_data_center
          join file_type t on t.id = p.id_file_type
         where jsonb_build_array(d.acronym, t.format, t.sampling_window, t.sampling_frequency)
             = row->'structure'),
       (select t.id from file_type t
         where jsonb_build_array(t.format, t.sampling_window, t.sampling_frequency)
             = row->'type'),
       c.file_size, c.reference_date, c.creation_date, c.published_date, c.revision_date,
       c.md5checksum, c.md5uncompressed, c.status
  from (select current_setting('epos.carried')::jsonb as row) carried,
       jsonb_populate_record(null::rinex_file, row) c
    on conflict (name, relative_path) do update set
       id_station = excluded.id_station,
       id_data_center_structure = excluded.id_data_center_structure,
       id_file_type = excluded.id_file_type, file_size = excluded.file_size,
       reference_date = excluded.reference_date, creation_date = excluded.creation_date,
       published_date = excluded.published_date, revision_date = excluded.revision_date,
       md5checksum = excluded.md5checksum, md5uncompressed = excluded.md5uncompressed,
       status = excluded.status;

insert into node_rinex_file (id_node, id_rinex_file)
select n.id, f.id
  from (select current_setting('epos.carried')::jsonb as row) carried
  join node n on n.name = current_setting('epos.node')::jsonb->>'name'
  join rinex_file f on f.name = row->>'name' and f.relative_path = row->>'relative_path'
    on conflict (id_node, id_rinex_file) do nothing;
