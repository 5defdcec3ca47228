-- T3 at the gateway: the report in epos.carried instead of the one that the file has.
do $$
declare
    row jsonb := current_setting('epos.carried')::jsonb;
    file integer;
begin
    select id into file from rinex_file
     where name = row->>'name' and relative_path = row->>'relative_path';
    if file is null then
        raise exception 'its file %/% is not at the gateway: is T2 carried there?',
            row->>'relative_path', row->>'name';
    end if;
    perform set_config('epos.file', file::text, true);
end
$$;

delete from qc_report_summary where id_rinex_file = current_setting('epos.file')::integer;

insert into qc_parameters (software_name, software_version, elevation_cutoff,
    gps, glo, gal, bds, qzs, sbs, nav_gps, nav_glo, nav_gal, nav_bds, nav_qzs, nav_sbs)
select software_name, software_version, elevation_cutoff,
       gps, glo, gal, bds, qzs, sbs, nav_gps, nav_glo, nav_gal, nav_bds, nav_qzs, nav_sbs
  from jsonb_populate_record(
           null::qc_parameters, current_setting('epos.carried')::jsonb->'parameters')
 where software_name is not null
    on conflict do nothing;

insert into qc_report_summary (id_rinex_file, id_qc_parameters, date_beg, date_end, data_smp,
    obs_elev, obs_have, obs_expt, user_have, user_expt, cyc_slps, clk_jmps, xbeg, xend, xint, xsys)
select current_setting('epos.file')::integer,
       (select id from qc_parameters q where to_jsonb(q) - 'id' = row->'parameters'),
       c.date_beg, c.date_end, c.data_smp, c.obs_elev, c.obs_have, c.obs_expt, c.user_have,
       c.user_expt, c.cyc_slps, c.clk_jmps, c.xbeg, c.xend, c.xint, c.xsys
  from (select current_setting('epos.carried')::jsonb as row) carried,
       jsonb_populate_record(null::qc_report_summary, row->'summary') c
 where jsonb_typeof(row->'summary') = 'object';

insert into qc_navigation_msg (id_qc_report_summary, id_constellation, nsat, have)
select r.id, (select id from constellations where identifier_3ch = c.system), c.nsat, c.have
  from qc_report_summary r,
       jsonb_to_recordset(nullif(current_setting('epos.carried')::jsonb->'navigation', 'null'))
           c (system text, nsat integer, have integer)
 where r.id_rinex_file = current_setting('epos.file')::integer;

insert into qc_constellation_summary (id_qc_report_summary, id_constellation, nsat, xele,
    epo_expt, epo_have, epo_usbl, xcod_epo, xcod_sat, xpha_epo, xpha_sat, xint_epo, xint_sat,
    xint_sig, xint_slp, x_crd, y_crd, z_crd, x_rms, y_rms, z_rms)
select r.id, (select id from constellations where identifier_3ch = item->>'system'),
       c.nsat, c.xele, c.epo_expt, c.epo_have, c.epo_usbl, c.xcod_epo, c.xcod_sat, c.xpha_epo,
       c.xpha_sat, c.xint_epo, c.xint_sat, c.xint_sig, c.xint_slp, c.x_crd, c.y_crd, c.z_crd,
       c.x_rms, c.y_rms, c.z_rms
  from qc_report_summary r,
       jsonb_array_elements(
           nullif(current_setting('epos.carried')::jsonb->'constellations', 'null')) item,
       jsonb_populate_record(null::qc_constellation_summary, item) c
 where r.id_rinex_file = current_setting('epos.file')::integer;

-- A signal that no list has is added as the node has it.
insert into gnss_obsnames (name, frequency_band, obstype, channel, official)
select distinct c.signal, c.frequency_band, c.obstype, c.channel, false
  from jsonb_to_recordset(nullif(current_setting('epos.carried')::jsonb->'signals', 'null'))
           c (signal text, frequency_band integer, obstype text, channel text)
    on conflict (name) do nothing;

insert into qc_observation_summary_c (id_qc_constellation_summary, id_gnss_obsnames, obs_sats,
    obs_have, obs_expt, user_have, user_expt, cod_mpth)
select q.id, n.id, c.obs_sats, c.obs_have, c.obs_expt, c.user_have, c.user_expt, c.cod_mpth
  from qc_report_summary r
  join qc_constellation_summary q on q.id_qc_report_summary = r.id
  join constellations k on k.id = q.id_constellation
  join jsonb_array_elements(
           nullif(current_setting('epos.carried')::jsonb->'signals', 'null')) item
       on item->>'system' = k.identifier_3ch and item->>'kind' = 'c'
  join gnss_obsnames n on n.name = item->>'signal'
 cross join lateral jsonb_populate_record(null::qc_observation_summary_c, item) c
 where r.id_rinex_file = current_setting('epos.file')::integer;

insert into qc_observation_summary_l (id_qc_constellation_summary, id_gnss_obsnames, obs_sats,
    obs_have, obs_expt, user_have, user_expt, pha_slps)
select q.id, n.id, c.obs_sats, c.obs_have, c.obs_expt, c.user_have, c.user_expt, c.pha_slps
  from qc_report_summary r
  join qc_constellation_summary q on q.id_qc_report_summary = r.id
  join constellations k on k.id = q.id_constellation
  join jsonb_array_elements(
           nullif(current_setting('epos.carried')::jsonb->'signals', 'null')) item
       on item->>'system' = k.identifier_3ch and item->>'kind' = 'l'
  join gnss_obsnames n on n.name = item->>'signal'
 cross join lateral jsonb_populate_record(null::qc_observation_summary_l, item) c
 where r.id_rinex_file = current_setting('epos.file')::integer;

insert into qc_observation_summary_d (id_qc_constellation_summary, id_gnss_obsnames, obs_sats,
    obs_have, obs_expt, user_have, user_expt)
select q.id, n.id, c.obs_sats, c.obs_have, c.obs_expt, c.user_have, c.user_expt
  from qc_report_summary r
  join qc_constellation_summary q on q.id_qc_report_summary = r.id
  join constellations k on k.id = q.id_constellation
  join jsonb_array_elements(
           nullif(current_setting('epos.carried')::jsonb->'signals', 'null')) item
       on item->>'system' = k.identifier_3ch and item->>'kind' = 'd'
  join gnss_obsnames n on n.name = item->>'signal'
 cross join lateral jsonb_populate_record(null::qc_observation_summary_d, item) c
 where r.id_rinex_file = current_setting('epos.file')::integer;

insert into qc_observation_summary_s (id_qc_constellation_summary, id_gnss_obsnames, obs_sats,
    obs_have, obs_expt, user_have, user_expt)
select q.id, n.id, c.obs_sats, c.obs_have, c.obs_expt, c.user_have, c.user_expt
  from qc_report_summary r
  join qc_constellation_summary q on q.id_qc_report_summary = r.id
  join constellations k on k.id = q.id_constellation
  join jsonb_array_elements(
           nullif(current_setting('epos.carried')::jsonb->'signals', 'null')) item
       on item->>'system' = k.identifier_3ch and item->>'kind' = 's'
  join gnss_obsnames n on n.name = item->>'signal'
 cross join lateral jsonb_populate_record(null::qc_observation_summary_s, item) c
 where r.id_rinex_file = current_setting('epos.file')::integer;
