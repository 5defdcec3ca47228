-- T3: the quality report of each RINEX file, as a whole; null where it has none.
select f.id, f.name, f.relative_path, f.status,
       jsonb_build_array(f.name, f.relative_path)::text as key,
       (select jsonb_build_object(
                   'name', f.name, 'relative_path', f.relative_path,
                   'parameters', to_jsonb(p) - 'id',
                   'summary', to_jsonb(r) - '{id,id_rinex_file,id_qc_parameters}'::text[],
                   'navigation',
                       (select jsonb_agg(to_jsonb(m) - '{id,id_qc_report_summary}'::text[]
                                   - 'id_constellation'
                                   || jsonb_build_object('system', k.identifier_3ch)
                                   order by k.identifier_3ch)
                          from qc_navigation_msg m
                          join constellations k on k.id = m.id_constellation
                         where m.id_qc_report_summary = r.id),
                   'constellations',
                       (select jsonb_agg(to_jsonb(c) - '{id,id_qc_report_summary}'::text[]
                                   - 'id_constellation'
                                   || jsonb_build_object('system', k.identifier_3ch)
                                   order by k.identifier_3ch)
                          from qc_constellation_summary c
                          join constellations k on k.id = c.id_constellation
                         where c.id_qc_report_summary = r.id),
                   'signals',
                       (select jsonb_agg(o.doc - '{id,id_qc_constellation_summary}'::text[]
                                   - 'id_gnss_obsnames'
                                   || jsonb_build_object(
                                          'system', k.identifier_3ch, 'signal', n.name,
                                          'frequency_band', n.frequency_band,
                                          'obstype', n.obstype, 'channel', n.channel,
                                          'kind', o.kind)
                                   order by k.identifier_3ch, n.name)
                          from qc_constellation_summary c
                          join constellations k on k.id = c.id_constellation
                          cross join lateral (
                              select 'c' as kind, id_gnss_obsnames, to_jsonb(q) as doc
                                from qc_observation_summary_c q
                               where q.id_qc_constellation_summary = c.id
                              union all
                              select 'l', id_gnss_obsnames, to_jsonb(q)
                                from qc_observation_summary_l q
                               where q.id_qc_constellation_summary = c.id
                              union all
                              select 'd', id_gnss_obsnames, to_jsonb(q)
                                from qc_observation_summary_d q
                               where q.id_qc_constellation_summary = c.id
                              union all
                              select 's', id_gnss_obsnames, to_jsonb(q)
                                from qc_observation_summary_s q
                               where q.id_qc_constellation_summary = c.id) o
                          join gnss_obsnames n on n.id = o.id_gnss_obsnames
                         where c.id_qc_report_summary = r.id))
          from qc_report_summary r
          join qc_parameters p on p.id = r.id_qc_parameters
         where r.id_rinex_file = f.id) as doc
  from rinex_file f
