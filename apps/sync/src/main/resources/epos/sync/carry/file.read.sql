-- T2: RINEX files by name and path; what they refer to by the natural keys of that.
select f.id, f.name, f.relative_path, f.status,
       jsonb_build_array(f.name, f.relative_path)::text as key,
       to_jsonb(f) - '{id,id_station,id_data_center_structure,id_file_type}'::text[]
           || jsonb_build_object(
                  'station', jsonb_build_array(
                      s.marker, s.monument_num, s.receiver_num, s.country_code),
                  'type', jsonb_build_array(
                      t.format, t.sampling_window, t.sampling_frequency),
                  'structure', jsonb_build_array(
                      d.acronym, pt.format, pt.sampling_window, pt.sampling_frequency)) as doc
  from rinex_file f
  join station s on s.id = f.id_station
  join file_type t on t.id = f.id_file_type
  join data_center_structure p on p.id = f.id_data_center_structure
  join file_type pt on pt.id = p.id_file_type
  join data_center d on d.id = p.id_data_center
