-- Three stations with files of every status. Ids differ from those the gateway will give.
select setval('station_id_seq', 500), setval('rinex_file_id_seq', 700),
       setval('file_type_id_seq', 40), setval('city_id_seq', 30);
insert into state (id_country, name) select id, 'Zuid-Holland' from country where iso_code = 'NLD';
insert into city (id_state, name) select max(id), 'Delft' from state;
insert into coordinates (x, y, z, lat, lon, altitude)
values (3924698.1231, 301124.9871, 5001904.95, 51.98605123456789, 4.3875669012345, 74.30000000000001);
insert into tectonic (plate_name) values ('Eurasian');
insert into location (id_city, id_coordinates, id_tectonic, description)
select max(city.id), max(coordinates.id), max(tectonic.id), 'roof; the "old" one''s \ place'
  from city, coordinates, tectonic;
insert into network (name) values ('EUREF'), ('NETPOS');
insert into agency (name, abbreviation) values ('TU Delft', 'TUD');
insert into contact (name, id_agency, email) select 'Operator', max(id), 'private@example.org' from agency;
insert into station (name, marker, monument_num, receiver_num, country_code, id_location,
                     id_station_type, date_from)
select 'Delft', 'DELF', 0, 0, 'NLD', max(id), 1, '1995-02-10' from location;
insert into station (name, marker) values ('York', 'YORK'), ('Hidden', 'HIDE');
insert into station_network (id_station, id_network)
select s.id, n.id from station s, network n where s.marker = 'DELF' and n.name in ('EUREF', 'NETPOS');
insert into station_contact (id_station, id_contact, role)
select s.id, c.id, 'Operator' from station s, contact c where s.marker = 'DELF';
insert into file_type (format, sampling_window, sampling_frequency)
values ('RINEX2', '24hour', '30s'), ('RINEX3', '24hour', null);
insert into data_center_structure (id_data_center, id_file_type, directory_naming)
select 1, id, '%Y/%j' from file_type;
insert into rinex_file (name, relative_path, id_station, id_data_center_structure, file_size,
    id_file_type, reference_date, creation_date, md5checksum, md5uncompressed, status)
select f.name, '2021/001', s.id, p.id, 1234567890123, p.id_file_type, '2021-01-01',
       '2021-01-02 03:04:05.678901', md5(f.name), md5(f.name || 'u'), f.status
  from (values ('delf0010.21o', 'DELF', 1), ('delf0020.21o', 'DELF', 2),
               ('york0010.21o', 'YORK', 1), ('delf0030.21o', 'DELF', 0),
               ('delf0040.21o', 'DELF', -2), ('hide0010.21o', 'HIDE', -3),
               ('hide0020.21o', 'HIDE', 0)) f (name, marker, status)
  join station s on s.marker = f.marker
  join data_center_structure p on p.id_file_type =
       (select id from file_type where format = case f.marker when 'YORK' then 'RINEX3' else 'RINEX2' end)
 order by f.name;
insert into qc_parameters (software_name, software_version, elevation_cutoff, gps, glo, gal, bds,
    qzs, sbs, nav_gps, nav_glo, nav_gal, nav_bds, nav_qzs, nav_sbs)
values ('G-Nut/Anubis', '2.2.4', null, true, true, false, false, false, false,
        true, false, false, false, false, false);
-- A report for every file but york's; also for those that are not validated.
insert into qc_report_summary (id_rinex_file, id_qc_parameters, date_beg, date_end, data_smp, obs_have)
select id, 1, '2021-01-01', '2021-01-01 23:59:30', 30, 2880 from rinex_file where name not like 'york%';
insert into qc_navigation_msg (id_qc_report_summary, id_constellation, nsat, have)
select id, 1, 31, 412 from qc_report_summary;
insert into qc_constellation_summary (id_qc_report_summary, id_constellation, nsat, epo_have, x_crd, x_rms)
select r.id, k.id, 31, 2880, 3924698.1231, 0.1 from qc_report_summary r, constellations k where k.id in (1, 2);
insert into gnss_obsnames (name, frequency_band, obstype, channel, official) values ('C9Z', 9, 'C', 'Z', false);
insert into qc_observation_summary_c (id_qc_constellation_summary, id_gnss_obsnames, obs_have, cod_mpth)
select q.id, n.id, 27000, 33.3 from qc_constellation_summary q, gnss_obsnames n where n.name in ('C1', 'P2', 'C9Z');
insert into qc_observation_summary_l (id_qc_constellation_summary, id_gnss_obsnames, obs_have, pha_slps)
select q.id, n.id, 27000, 7 from qc_constellation_summary q, gnss_obsnames n where n.name in ('L1', 'L2');
insert into qc_observation_summary_d (id_qc_constellation_summary, id_gnss_obsnames, obs_have)
select q.id, n.id, 26000 from qc_constellation_summary q, gnss_obsnames n where n.name = 'D1';
insert into qc_observation_summary_s (id_qc_constellation_summary, id_gnss_obsnames, obs_have)
select q.id, n.id, 25000 from qc_constellation_summary q, gnss_obsnames n where n.name = 'S1';
