-- A few stations and files for the tests beside it; the last holds what must be escaped everywhere.
-- Loaded once, after the database application's own rows.
insert into state (id_country, name)
    select id, 'Test ' || name from country where iso_code in ('PRT', 'FRA', 'NLD');
insert into city (id_state, name)
    select s.id, case c.iso_code when 'PRT' then 'Covilhã' when 'FRA' then 'Grasse' else 'Delft' end
      from state s join country c on c.id = s.id_country where s.name like 'Test %';
insert into coordinates (id, x, y, z, lat, lon, altitude) values
    (101, 4581690.8, 556114.9, 4389360.8, 43.7547, 6.9206, 1319.3),
    (102, 3924687.7, 301132.8, 5001910.8, 51.9861, 4.3876, 74.3),
    (103, 4829000.1, -630000.2, 4106000.3, 40.2806, -7.5050, 700.0);
insert into location (id, id_city, id_coordinates)
    select 101, id, 101 from city where name = 'Grasse'
    union all select 102, id, 102 from city where name = 'Delft'
    union all select 103, id, 103 from city where name = 'Covilhã';
-- The inscription: what XML cannot hold, or must escape.
insert into monument (id, description, inscription, height) values
    (101, 'concrete pillar', E'\x01<a> & b]]>\r\n', 1.5);
insert into station (id, name, marker, date_from, id_location, id_monument, iers_domes,
                     monument_num, receiver_num, country_code) values
    (101, 'Caussols', 'GRAS', '1995-02-10', 101, 101, '10002M006', 0, 0, 'FRA'),
    (102, 'Delft', 'DELF', '1996-01-01', 102, null, null, null, null, null),
    (103, '<script>alert("canary")</script> & Covilhã, "UBI"', 'COVI', null, 103, null, null,
     0, 0, 'PRT');
insert into contact (id, name, id_agency) values (101, 'operator', 1);
insert into station_contact (id_station, id_contact) values (101, 101);
insert into network (id, name) values (101, 'EUREF'), (102, 'RENAG');
insert into station_network (id_station, id_network) values (101, 101), (101, 102), (102, 101);
insert into local_ties (id_station, name, dx, dy, dz) values (101, 'GRAC', 1.5, -2.25, 0.125);
insert into item (id, id_item_type) values (101, 2);
insert into item_attribute (id_item, id_attribute, value_varchar) values (101, 2, 'LEICA GR50');
insert into station_item (id_station, id_item) values (101, 101);
insert into data_center (id, acronym, hostname, root_path, name, protocol) values
    (101, 'TEST', 'files.example.org', '/pub//', 'Files for tests', 'https'),
    (102, 'EVIL', 'x"><img src=x>', '', 'Not a web address', 'javascript');
insert into file_type (id, format, sampling_window, sampling_frequency) values
    (101, 'RINEX3', '24hour', '30s'), (102, 'RINEX2', '24hour', '30s')
    on conflict do nothing;
insert into data_center_structure (id, id_data_center, id_file_type, directory_naming)
    select 100 + d.id, d.id, t.id, 'YYYY/DDD' from data_center d, file_type t
     where d.acronym in ('TEST', 'EVIL') and t.format = 'RINEX3'
       and t.sampling_window = '24hour' and t.sampling_frequency = '30s';
insert into rinex_file (name, id_station, id_data_center_structure, file_size, id_file_type,
        relative_path, reference_date, creation_date, published_date, md5checksum,
        md5uncompressed, status)
    select 'GRAS00FRA_R_2021' || to_char(day, 'DDD') || '0000_01D_30S_MO.crx.gz', 101, p.id,
           1900000 + extract(doy from day)::int, p.id_file_type, '2021/' || to_char(day, 'DDD'),
           day, day + interval '1 day', day + interval '26 hours', md5(day::text),
           md5(day::text || 'raw'), case extract(doy from day)::int when 3 then -2 when 2 then 1
           else 0 end
      from generate_series(timestamp '2021-01-01', '2021-01-05', '1 day') day,
           data_center_structure p join data_center d on d.id = p.id_data_center
     where d.acronym = 'TEST';
insert into rinex_file (name, id_station, id_data_center_structure, file_size, id_file_type,
        relative_path, reference_date, creation_date, md5checksum, status)
    select evil.name, 103, p.id, 12, p.id_file_type, '2021/001', '2021-01-01',
           '2021-01-02', md5('canary'), 0
      from (values ('<b>canary</b>.gz'),
                   (E'-o ''; touch canary; "$(touch canary)`touch canary`\n\\.gz')) evil (name),
           data_center_structure p join data_center d on d.id = p.id_data_center
     where d.acronym = 'EVIL';
