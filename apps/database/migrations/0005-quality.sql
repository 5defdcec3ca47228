-- GLASS finds files by the worst that their quality reports say of a signal or a system: kept beside
-- each report, so that no row of a signal is read for it. Whoever writes reports need not know.
create table qc_report_worst (
    id_qc_report_summary integer primary key references qc_report_summary on delete cascade,
    cod_mpth double precision not null default 0,           -- cm; 0 where none is known
    rms double precision not null default 0                 -- m; of any axis
);

create function qc_report_begins() returns trigger language plpgsql
    set search_path = public as $$
begin
    insert into qc_report_worst (id_qc_report_summary) select id from written;
    return null;
end
$$;

-- By looks into indexes, also where the planner knows nothing of the tables yet.
create function qc_worst_anew(reports integer[]) returns void language sql
    set search_path = public set enable_seqscan = off set enable_hashjoin = off
    set enable_mergejoin = off as $$
    update qc_report_worst w set (cod_mpth, rms) = (
        select coalesce(max(o.cod_mpth), 0), coalesce(max(greatest(c.x_rms, c.y_rms, c.z_rms)), 0)
          from qc_constellation_summary c
          left join qc_observation_summary_c o on o.id_qc_constellation_summary = c.id
         where c.id_qc_report_summary = w.id_qc_report_summary)
     where w.id_qc_report_summary = any (reports)
$$;

create function qc_system_changes() returns trigger language plpgsql
    set search_path = public as $$
begin
    perform qc_worst_anew(array(select distinct id_qc_report_summary from written));
    return null;
end
$$;

create function qc_code_changes() returns trigger language plpgsql
    set search_path = public set enable_seqscan = off set enable_hashjoin = off
    set enable_mergejoin = off as $$
begin
    perform qc_worst_anew(array(
        select distinct c.id_qc_report_summary from written
          join qc_constellation_summary c on c.id = written.id_qc_constellation_summary));
    return null;
end
$$;

create trigger worst_begins after insert on qc_report_summary
    referencing new table as written execute function qc_report_begins();
create trigger worst_of_inserted after insert on qc_constellation_summary
    referencing new table as written execute function qc_system_changes();
create trigger worst_of_updated after update on qc_constellation_summary
    referencing new table as written execute function qc_system_changes();
create trigger worst_of_deleted after delete on qc_constellation_summary
    referencing old table as written execute function qc_system_changes();
create trigger worst_of_inserted after insert on qc_observation_summary_c
    referencing new table as written execute function qc_code_changes();
create trigger worst_of_updated after update on qc_observation_summary_c
    referencing new table as written execute function qc_code_changes();
create trigger worst_of_deleted after delete on qc_observation_summary_c
    referencing old table as written execute function qc_code_changes();

-- Those that are there.
insert into qc_report_worst (id_qc_report_summary, cod_mpth, rms)
    select q.id, coalesce(codes.worst, 0), coalesce(systems.worst, 0)
      from qc_report_summary q
      left join (select c.id_qc_report_summary, max(o.cod_mpth) as worst
                   from qc_constellation_summary c
                   join qc_observation_summary_c o on o.id_qc_constellation_summary = c.id
                  group by 1) codes on codes.id_qc_report_summary = q.id
      left join (select id_qc_report_summary, max(greatest(x_rms, y_rms, z_rms)) as worst
                   from qc_constellation_summary group by 1) systems
             on systems.id_qc_report_summary = q.id;
create index on qc_report_worst (cod_mpth);
create index on qc_report_worst (rms);

-- Which reports have a system, or a signal.
create index qc_constellation_summary_of_system
    on qc_constellation_summary (id_constellation, id_qc_report_summary) where epo_have > 0;
create index on qc_observation_summary_c (id_gnss_obsnames);
create index on qc_observation_summary_l (id_gnss_obsnames);
create index on qc_observation_summary_d (id_gnss_obsnames);
create index on qc_observation_summary_s (id_gnss_obsnames);
