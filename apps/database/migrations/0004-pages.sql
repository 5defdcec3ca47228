-- GLASS chooses the files of a page by an index alone, in the order in which it answers them, and
-- reads the rest of a row of those only. What it narrows by most is in the index beside the order.
create index rinex_file_in_order on rinex_file (reference_date, name, id)
    include (id_station, id_file_type, id_data_center_structure, status);
drop index rinex_file_by_day;
create index rinex_file_of_station on rinex_file (id_station, reference_date, name, id)
    include (id_file_type, id_data_center_structure, status);
drop index rinex_file_id_station_reference_date_idx;

-- Which stations have files of a second; what is new; what has this content.
create index rinex_file_of_type on rinex_file (id_file_type, id_station);
create index rinex_file_published on rinex_file (published_date);
create index rinex_file_md5 on rinex_file (lower(md5checksum));

-- Which ways of processing have estimates.
create index estimated_coordinates_of_processing
    on estimated_coordinates (id_processing_parameters, id_method_identification);
