-- T1: stations by their natural key, with all that is carried of each.
select s.id,
       jsonb_build_array(s.marker, s.monument_num, s.receiver_num, s.country_code)::text as key,
       jsonb_build_object(
           'marker', s.marker, 'monument_num', s.monument_num,
           'receiver_num', s.receiver_num, 'country_code', s.country_code,
           'name', s.name, 'description', s.description, 'comment', s.comment,
           'date_from', s.date_from, 'date_to', s.date_to,
           'iers_domes', s.iers_domes, 'cpd_num', s.cpd_num,
           'type', (select jsonb_build_object('name', t.name, 'type', t.type)
                      from station_type t where t.id = s.id_station_type),
           'location',
               (select jsonb_build_object(
                           'description', l.description, 'tectonic', tectonic.plate_name,
                           'city', city.name, 'state', state.name,
                           'country', country.iso_code, 'country_name', country.name,
                           'coordinates', to_jsonb(coordinates) - 'id')
                  from location l
                  left join tectonic on tectonic.id = l.id_tectonic
                  left join coordinates on coordinates.id = l.id_coordinates
                  left join city on city.id = l.id_city
                  left join state on state.id = city.id_state
                  left join country on country.id = state.id_country
                 where l.id = s.id_location),
           'networks',
               (select coalesce(jsonb_agg(n.name order by n.name), '[]')
                  from station_network sn join network n on n.id = sn.id_network
                 where sn.id_station = s.id),
           'contacts',
               (select coalesce(jsonb_agg(contact.doc order by contact.doc::text), '[]')
                  from (select distinct jsonb_build_object(
                                   'name', c.name, 'agency', a.name, 'role', sc.role) as doc
                          from station_contact sc
                          join contact c on c.id = sc.id_contact
                          left join agency a on a.id = c.id_agency
                         where sc.id_station = s.id) contact)) as doc
  from station s
