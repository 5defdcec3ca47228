-- T1 at the gateway: the station in epos.carried and what it refers to, found or added.
insert into station_type (name, type)
select type->>'name', type->>'type'
  from (select current_setting('epos.carried')::jsonb->'type' as type) carried
 where type->>'name' is not null
    on conflict (name) do nothing;

insert into country (name, iso_code)
select place->>'country_name', place->>'country'
  from (select current_setting('epos.carried')::jsonb->'location' as place) carried
 where place->>'country' is not null
    on conflict (iso_code) do nothing;

insert into state (id_country, name)
select country.id, place->>'state'
  from (select current_setting('epos.carried')::jsonb->'location' as place) carried
  join country on country.iso_code = place->>'country'
 where place->>'state' is not null
    on conflict (id_country, name) do nothing;

insert into city (id_state, name)
select state.id, place->>'city'
  from (select current_setting('epos.carried')::jsonb->'location' as place) carried
  join country on country.iso_code = place->>'country'
  join state on state.id_country = country.id and state.name = place->>'state'
 where place->>'city' is not null
    on conflict (id_state, name) do nothing;

insert into tectonic (plate_name)
select place->>'tectonic'
  from (select current_setting('epos.carried')::jsonb->'location' as place) carried
 where place->>'tectonic' is not null
    on conflict (plate_name) do nothing;

-- coordinates have no key of their own: a row of the same values, or a new one.
insert into coordinates (x, y, z, lat, lon, altitude)
select c.x, c.y, c.z, c.lat, c.lon, c.altitude
  from jsonb_populate_record(
           null::coordinates,
           nullif(current_setting('epos.carried')::jsonb #> '{location,coordinates}', 'null')) c
 where c.x is not null
   and not exists (select from coordinates o
                    where (o.x, o.y, o.z, o.lat, o.lon, o.altitude)
                        = (c.x, c.y, c.z, c.lat, c.lon, c.altitude));

-- A station known by four characters alone is the one whose nine are known now.
update station s
   set monument_num = (row->>'monument_num')::integer,
       receiver_num = (row->>'receiver_num')::integer,
       country_code = row->>'country_code'
  from (select current_setting('epos.carried')::jsonb as row) carried
 where s.marker = row->>'marker'
   and row->>'country_code' is not null
   and (s.monument_num, s.receiver_num, s.country_code) is not distinct from (null, null, null)
   and not exists (select from station o
                    where o.marker = row->>'marker'
                      and o.monument_num is not distinct from (row->>'monument_num')::integer
                      and o.receiver_num is not distinct from (row->>'receiver_num')::integer
                      and o.country_code is not distinct from row->>'country_code');

insert into station (marker, monument_num, receiver_num, country_code, name, description, comment,
                     date_from, date_to, iers_domes, cpd_num, id_station_type)
select c.marker, c.monument_num, c.receiver_num, c.country_code, c.name, c.description, c.comment,
       c.date_from, c.date_to, c.iers_domes, c.cpd_num,
       (select id from station_type
         where name = current_setting('epos.carried')::jsonb #>> '{type,name}')
  from jsonb_populate_record(null::station, current_setting('epos.carried')::jsonb) c
    on conflict (marker, monument_num, receiver_num, country_code) do update set
       name = excluded.name, description = excluded.description, comment = excluded.comment,
       date_from = excluded.date_from, date_to = excluded.date_to,
       iers_domes = excluded.iers_domes, cpd_num = excluded.cpd_num,
       id_station_type = excluded.id_station_type;

-- The id that the gateway gave it, for the statements below.
do $$
begin
    perform set_config('epos.station', s.id::text, true)
      from station s, jsonb_populate_record(null::station, current_setting('epos.carried')::jsonb) c
     where s.marker = c.marker
       and s.monument_num is not distinct from c.monument_num
       and s.receiver_num is not distinct from c.receiver_num
       and s.country_code is not distinct from c.country_code;
end
$$;

with made as (
    insert into location (description)
    select place->>'description'
      from (select current_setting('epos.carried')::jsonb->'location' as place) carried, station s
     where jsonb_typeof(place) = 'object'
       and s.id = current_setting('epos.station')::integer and s.id_location is null
    returning id)
update station set id_location = made.id
  from made where station.id = current_setting('epos.station')::integer;

update location l
   set description = place->>'description',
       id_tectonic = (select id from tectonic where plate_name = place->>'tectonic'),
       id_city = (select city.id from city
                    join state on state.id = city.id_state
                    join country on country.id = state.id_country
                   where city.name = place->>'city' and state.name = place->>'state'
                     and country.iso_code = place->>'country'),
       id_coordinates =
           (select min(o.id)
              from coordinates o,
                   jsonb_populate_record(null::coordinates, nullif(place->'coordinates', 'null')) c
             where (o.x, o.y, o.z, o.lat, o.lon, o.altitude)
                 = (c.x, c.y, c.z, c.lat, c.lon, c.altitude))
  from (select current_setting('epos.carried')::jsonb->'location' as place) carried, station s
 where s.id = current_setting('epos.station')::integer and l.id = s.id_location
   and jsonb_typeof(place) = 'object';

update station set id_location = null
 where id = current_setting('epos.station')::integer
   and jsonb_typeof(current_setting('epos.carried')::jsonb->'location') = 'null';

insert into network (name)
select jsonb_array_elements_text(current_setting('epos.carried')::jsonb->'networks')
    on conflict (name) do nothing;

delete from station_network sn using network n
 where sn.id_station = current_setting('epos.station')::integer and n.id = sn.id_network
   and n.name not in
       (select jsonb_array_elements_text(current_setting('epos.carried')::jsonb->'networks'));

insert into station_network (id_station, id_network)
select current_setting('epos.station')::integer, n.id
  from network n
 where n.name in
       (select jsonb_array_elements_text(current_setting('epos.carried')::jsonb->'networks'))
    on conflict (id_station, id_network) do nothing;

insert into agency (name)
select distinct c.agency
  from jsonb_to_recordset(current_setting('epos.carried')::jsonb->'contacts') c (agency text)
 where c.agency is not null
    on conflict (name) do nothing;

-- contact has no key of its own: the name within an agency.
insert into contact (name, id_agency)
select distinct c.name, a.id
  from jsonb_to_recordset(current_setting('epos.carried')::jsonb->'contacts')
           c (name text, agency text)
  left join agency a on a.name = c.agency
 where not exists (select from contact o
                    where o.name = c.name and o.id_agency is not distinct from a.id);

delete from station_contact where id_station = current_setting('epos.station')::integer;

insert into station_contact (id_station, id_contact, role)
select distinct current_setting('epos.station')::integer,
       (select min(o.id) from contact o
         where o.name = c.name and o.id_agency is not distinct from a.id),
       c.role
  from jsonb_to_recordset(current_setting('epos.carried')::jsonb->'contacts')
           c (name text, agency text, role text)
  left join agency a on a.name = c.agency;
