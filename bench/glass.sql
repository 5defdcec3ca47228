-- A node of :stations stations and :files files, with a quality report of every tenth file and
-- :files estimates of positions, beside the database application's own rows. Always the same one.
select setseed(0.5);

create temporary table made as
    select n, chr(65 + n / 1000) || lpad((n % 1000)::text, 3, '0') as marker, c.id as country,
           c.iso_code as code, -60 + 135 * random() as lat, -180 + 360 * random() as lon,
           -- The last tenth of the stations is of this year alone.
           case when n < :stations * 0.9 then date '2000-01-01' + (random() * 8000)::int
                else date '2025-06-01' end as began
      from generate_series(0, :stations - 1) n
      join (select id, iso_code, row_number() over (order by id) - 1 as turn from country) c
        on c.turn = n % (select count(*) from country);

-- Places and people.
insert into state (id_country, name) select id, 'State of ' || name from country;
insert into city (id_state, name)
    select s.id, 'City ' || n || ' of ' || s.id from state s, generate_series(1, 40) n;
insert into coordinates (id, x, y, z, lat, lon, altitude)
    select 1000 + n, 6371e3 * cosd(lat) * cosd(lon), 6371e3 * cosd(lat) * sind(lon),
           6371e3 * sind(lat), lat, lon, n % 2000
      from made;
insert into location (id, id_city, id_coordinates)
    select 1000 + m.n, c.id, 1000 + m.n
      from made m
      join state s on s.id_country = m.country
      join city c on c.id_state = s.id and c.name = 'City ' || 1 + m.n % 40 || ' of ' || s.id;
insert into monument (id, description) select 1000 + n, 'pillar ' || n from made;
insert into station (id, name, marker, date_from, id_location, id_monument, monument_num,
                     receiver_num, country_code)
    select 1000 + n, 'Station ' || n, marker, began, 1000 + n, 1000 + n, 0, 0, code from made;
insert into network (id, name) select 1000 + n, 'NETWORK' || n from generate_series(1, 200) n;
insert into station_network (id_station, id_network)  -- 1: all of them are of EPOS
    select 1000 + n, 1 from made
    union all select 1000 + n, 1001 + n % 200 from made
    union all select 1000 + n, 1001 + (n + 7) % 200 from made where n % 3 = 0;
insert into agency (id, name, abbreviation)
    select 1000 + n, 'Agency ' || n, 'AG' || n from generate_series(1, 150) n;
insert into contact (id, name, id_agency)
    select 1000 + n, 'Operators of agency ' || n, 1000 + n from generate_series(1, 150) n;
insert into station_contact (id_station, id_contact) select 1000 + n, 1001 + n % 150 from made;
insert into local_ties (id_station, name, dx, dy, dz)
    select 1000 + n, 'tie', 1, 2, 3 from made where n % 10 = 0;

-- Three receivers, three antennas, three radomes of each.
insert into item (id, id_item_type)
    select 1000 + (n * 3 + kind - 1) * 3 + turn, kind
      from made, generate_series(1, 3) kind, generate_series(0, 2) turn;
insert into item_attribute (id_item, id_attribute, value_varchar)
    select 1000 + (n * 3 + kind - 1) * 3 + turn, kind,
           (array['ANTENNA', 'RECEIVER', 'RADOME'])[kind] || ' ' || (n * 3 + turn) % (90 / kind)
      from made, generate_series(1, 3) kind, generate_series(0, 2) turn;
insert into item_attribute (id_item, id_attribute, value_varchar)
    select i.id, 4, 'S' || i.id from item i where i.id >= 1000;
insert into station_item (id_station, id_item, date_from)
    select 1000 + n, 1000 + (n * 3 + kind - 1) * 3 + turn, began + turn * 400
      from made, generate_series(1, 3) kind, generate_series(0, 2) turn;
insert into log (id, title, date, id_log_type, id_station)
    select 1000 + n, lower(marker) || '.log', began, 1, 1000 + n from made where n % 10 = 0;
insert into log_text (id_log, text)
    select id, repeat('a line of a log of a station' || E'\n', 100) from log where id >= 1000;

-- Twenty data centres; of 100 files 90 are RINEX 3, 9 RINEX 2, and one is of a second.
insert into data_center (id, acronym, hostname, root_path, name, protocol)
    select 1000 + n, 'DC' || n, 'dc' || n || '.example.org', 'pub', 'Centre ' || n, 'https'
      from generate_series(1, 20) n;
insert into file_type (id, format, sampling_window, sampling_frequency) values
    (1001, 'RINEX3', '24hour', '30s'), (1002, 'RINEX2', '24hour', '30s'),
    (1003, 'RINEX3', '15min', '1s'), (1004, 'RINEX4', '24hour', '30s')
    on conflict do nothing;
insert into data_center_structure (id, id_data_center, id_file_type, directory_naming)
    select 1000 + (d.id - 1001) * 4 + t.id - 1001, d.id, t.id, 'YYYY/DDD'
      from data_center d, file_type t where d.id >= 1001 and t.id >= 1001;
insert into rinex_file (id, name, id_station, id_data_center_structure, file_size, id_file_type,
        relative_path, reference_date, creation_date, published_date, md5checksum,
        md5uncompressed, status)
    select 1000 + row_number() over (order by day, marker),
           marker || '00' || code || '_R_' || to_char(day, 'YYYYDDD') || '0000_01D_30S_MO.crx.gz',
           1000 + n, 1000 + n % 20 * 4 + type - 1001, 1900000 + n, type,
           to_char(day, 'YYYY/DDD'), day, day + interval '1 day', day + interval '26 hours',
           md5(n || ' ' || day), md5(n || ' of ' || day),
           case n % 100 when 0 then -3 when 1 then -2 when 2 then 0 else 1 end
      from (select m.*, began + turn as day,
                   case when (n + turn) % 100 = 0 then 1003
                        when (n + turn) % 100 < 10 then 1002 else 1001 end as type
              from made m, generate_series(0, :files / :stations - 1) turn) of_days;

-- Reports with three systems, two codes and two phases each.
insert into qc_parameters (id, software_name, software_version, elevation_cutoff, gps, glo, gal, bds,
        qzs, sbs, nav_gps, nav_glo, nav_gal, nav_bds, nav_qzs, nav_sbs)
    values (1000, 'bench', '1', 10, true, true, true, false, false, false, true, true, true, false,
            false, false);
insert into qc_report_summary (id, id_rinex_file, id_qc_parameters, date_beg, date_end, data_smp,
        obs_elev, obs_have, obs_expt, user_have, user_expt, cyc_slps, clk_jmps, xbeg, xend, xint, xsys)
    select id, id, 1000, reference_date, reference_date + interval '1 day', 30, id % 10,
           900 + id % 100, 1000, 800, 1000, id % 50, id % 3, 0, 0, 0, 0
      from rinex_file where id >= 1000 and id % 10 = 0;
insert into qc_constellation_summary (id, id_qc_report_summary, id_constellation, nsat, xele,
        epo_expt, epo_have, epo_usbl, x_crd, y_crd, z_crd, x_rms, y_rms, z_rms)
    select q.id * 3 + system, q.id, 1 + system, 30, 0, 2880, 2880 - q.id % 100, 2800,
           1, 2, 3, 1, 1, (q.id % 40) / 10.0
      from qc_report_summary q, generate_series(0, 2) system where q.id >= 1000;
insert into qc_observation_summary_c (id_qc_constellation_summary, id_gnss_obsnames, obs_sats,
        obs_have, obs_expt, user_have, user_expt, cod_mpth)
    select c.id, n.id, 30, 900, 1000, 800, 1000, 10 + c.id % 40
      from qc_constellation_summary c, gnss_obsnames n
     where c.id >= 3000 and n.name in ('C1C', 'C2W');
insert into qc_observation_summary_l (id_qc_constellation_summary, id_gnss_obsnames, obs_sats,
        obs_have, obs_expt, user_have, user_expt, pha_slps)
    select c.id, n.id, 30, 900, 1000, 800, 1000, c.id % 5
      from qc_constellation_summary c, gnss_obsnames n
     where c.id >= 3000 and n.name in ('L1C', 'L2W');

-- A tenth of the stations has daily series of two centres, and velocities.
insert into analysis_centers (id, name, abbreviation) values
    (1001, 'First centre', 'AC1'), (1002, 'Second centre', 'AC2');
insert into reference_frame (id, name) values (1001, 'IGb14'), (1002, 'ITRF2020');
insert into method_identification (id, id_analysis_centers, id_reference_frame, software, version,
        data_type) values
    (1001, 1001, 1001, 'GipsyX', '1', 'timeseries'), (1002, 1002, 1002, 'Bernese', '1', 'timeseries'),
    (1003, 1001, 1001, 'MIDAS', '1', 'velocities'), (1004, 1002, 1002, 'MIDAS', '1', 'velocities');
insert into processing_parameters (id, sampling_period, otl_model, antenna_model, cut_of_angle) values
    (1001, 'daily', 'FES2014b', 'igs14', 7), (1002, 'daily', 'FES2004', 'igs20', 10),
    (1003, 'weekly', 'GOT4.10', 'igs14', 7);
insert into product_files (id, name, format, md5checksum)
    select 1000 + n, 'bench' || n, case n when 3 then 'vel' else 'pos' end, md5('') 
      from generate_series(1, 3) n;
insert into estimated_coordinates (x, y, z, var_xx, var_yy, var_zz, var_xy, var_xz, var_yz, outlier,
        epoch, id_processing_parameters, id_method_identification, id_station, id_product_files)
    select c.x + day * 2e-5, c.y + day * 3e-5, c.z + day * 1e-5, 4e-6, 2e-6, 5e-6, 1e-6, 2e-6, 1e-6,
           day % 97 = 0, timestamp '2015-01-01 12:00' + day * interval '1 day',
           1000 + center, 1000 + center, c.id, 1000 + center
      from coordinates c, generate_series(1, 2) center,
           generate_series(0, :files * 5 / :stations - 1) day
     where c.id >= 1000 and c.id % 10 = 0;
insert into reference_position_velocities (velx, vely, velz, velx_sigma, vely_sigma, velz_sigma,
        vel_rho_xy, vel_rho_xz, vel_rho_yz, reference_position_x, reference_position_y,
        reference_position_z, start_epoch, end_epoch, ref_epoch, id_station, id_product_files,
        id_method_identification)
    select -0.0139, 0.019, 0.012, 2e-4, 1e-4, 2e-4, 0.1, 0.2, 0.1, c.x, c.y, c.z, '2015-01-01',
           '2016-06-01', '2015-07-01', c.id, 1003, 1002 + center
      from coordinates c, generate_series(1, 2) center where c.id >= 1000 and c.id % 10 = 0;
