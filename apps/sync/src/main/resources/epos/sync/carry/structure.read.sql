-- T2: what a data centre has of one type of files, with the data centre.
select p.id,
       jsonb_build_array(d.acronym, t.format, t.sampling_window, t.sampling_frequency)::text as key,
       jsonb_build_object(
           'acronym', d.acronym, 'hostname', d.hostname, 'root_path', d.root_path,
           'name', d.name, 'protocol', d.protocol, 'agency', a.name,
           'format', t.format, 'sampling_window', t.sampling_window,
           'sampling_frequency', t.sampling_frequency,
           'directory_naming', p.directory_naming, 'comments', p.comments) as doc
  from data_center_structure p
  join data_center d on d.id = p.id_data_center
  join file_type t on t.id = p.id_file_type
  left join agency a on a.id = d.id_agency
