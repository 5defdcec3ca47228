-- T2 at the gateway: the data centre in epos.carried, and where it keeps one type of files.
insert into agency (name)
select row->>'agency'
  from (select current_setting('epos.carried')::jsonb as row) carried
 where row->>'agency' is not null
    on conflict (name) do nothing;

insert into data_center (acronym, id_agency, hostname, root_path, name, protocol)
select row->>'acronym', (select id from agency where name = row->>'agency'), row->>'hostname',
       row->>'root_path', row->>'name', row->>'protocol'
  from (select current_setting('epos.carried')::jsonb as row) carried
    on conflict (acronym) do update set
       id_agency = excluded.id_agency, hostname = excluded.hostname,
       root_path = excluded.root_path, name = excluded.name, protocol = excluded.protocol;

insert into file_type (format, sampling_window, sampling_frequency)
select row->>'format', row->>'sampling_window', row->>'sampling_frequency'
  from (select current_setting('epos.carried')::jsonb as row) carried
    on conflict (format, sampling_window, sampling_frequency) do nothing;

insert into data_center_structure (id_data_center, id_file_type, directory_naming, comments)
select d.id, t.id, row->>'directory_naming', row->>'comments'
  from (select current_setting('epos.carried')::jsonb as row) carried
  join data_center d on d.acronym = row->>'acronym'
  join file_type t on t.format = row->>'format'
       and t.sampling_window is not distinct from row->>'sampling_window'
       and t.sampling_frequency is not distinct from row->>'sampling_frequency'
    on conflict (id_data_center, id_file_type) do update set
       directory_naming = excluded.directory_naming, comments = excluded.comments;
