package epos.glass.query;

import epos.glass.database.Pool;
import epos.glass.model.DataCenter;
import epos.glass.model.FileType;
import epos.glass.model.QualifiedFile;
import epos.glass.model.RinexFile;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads RINEX files' metadata. */
public final class Files {
    private static final String COLUMNS =
            """
            select %s f.name, f.file_size, f.md5checksum, f.md5uncompressed, t.format,
                   t.sampling_window, t.sampling_frequency, f.reference_date, f.published_date,
                   f.creation_date, f.revision_date, f.relative_path, f.status, d.acronym,
                   d.hostname, d.protocol, d.root_path, p.directory_naming
              from rinex_file f
              join file_type t on t.id = f.id_file_type
              join data_center_structure p on p.id = f.id_data_center_structure
              join data_center d on d.id = p.id_data_center
            """;

    /** A report as JSON: its own columns, those of each system, those of each signal. */
    private static final String QUALITY =
            """
            (select json_build_object(
                    'software_name', m.software_name, 'software_version', m.software_version,
                    'elevation_cutoff', m.elevation_cutoff, 'date_beg', q.date_beg,
                    'date_end', q.date_end, 'data_smp', q.data_smp, 'obs_elev', q.obs_elev,
                    'obs_have', q.obs_have, 'obs_expt', q.obs_expt, 'user_have', q.user_have,
                    'user_expt', q.user_expt, 'cyc_slps', q.cyc_slps, 'clk_jmps', q.clk_jmps,
                    'xbeg', q.xbeg, 'xend', q.xend, 'xint', q.xint, 'xsys', q.xsys,
                    'constellations', (select coalesce(json_agg(
                        to_jsonb(c) - 'id' - 'id_qc_report_summary' - 'id_constellation'
                        || jsonb_build_object('constellation', k.identifier_3ch, 'observations',
                            (select coalesce(jsonb_agg(o.observation order by o.name), '[]')
                               from (%s) o))
                        order by k.id), '[]')
                        from qc_constellation_summary c
                        join constellations k on k.id = c.id_constellation
                       where c.id_qc_report_summary = q.id))
               from qc_report_summary q join qc_parameters m on m.id = q.id_qc_parameters
              where q.id_rinex_file = f.id) as quality,
            """
                    .formatted(signals());

    private static String signals() {
        return Stream.of("c", "l", "d", "s")
                .map(
                        kind ->
                                """
                                select n.name, to_jsonb(s) - 'id' - 'id_gnss_obsnames'
                                       - 'id_qc_constellation_summary'
                                       || jsonb_build_object('name', n.name) as observation
                                  from qc_observation_summary_%s s
                                  join gnss_obsnames n on n.id = s.id_gnss_obsnames
                                 where s.id_qc_constellation_summary = c.id
                                """
                                        .formatted(kind))
                .collect(Collectors.joining(" union all "));
    }

    private static final Listing.Reading<RinexFile> PLAIN =
            new Listing.Reading<>(COLUMNS.formatted(""), 200, Files::file);
    private static final Listing.Reading<QualifiedFile> QUALIFIED =
            new Listing.Reading<>(
                    COLUMNS.formatted(QUALITY),
                    20, // a report has some hundred signals
                    row -> new QualifiedFile(file(row), Columns.json(row, "quality")));

    private final Pool pool;
    private final Listing byDay;

    public Files(Pool pool) {
        this.pool = pool;
        byDay = new Listing(pool, "rinex_file f", "f", List.of("reference_date", "name"));
    }

    /** Those of a page for which everything asked for holds, by day and name. */
    public Chosen choose(List<FileFilter> wanted, Page page) throws IOException {
        Condition all = Condition.every(wanted.stream().map(FileFilter::condition).toList());
        return byDay.choose(all.resolved(pool), page);
    }

    public void each(Chosen chosen, Sink<RinexFile> sink) throws IOException {
        byDay.each(chosen, PLAIN, sink);
    }

    /** The same with what their quality reports say; null where a file has none. */
    public void eachQualified(Chosen chosen, Sink<QualifiedFile> sink) throws IOException {
        byDay.each(chosen, QUALIFIED, sink);
    }

    private static RinexFile file(ResultSet row) throws SQLException {
        DataCenter center =
                new DataCenter(
                        row.getString("acronym"),
                        row.getString("hostname"),
                        row.getString("protocol"),
                        new DataCenter.Structure(row.getString("directory_naming")));
        String name = row.getString("name");
        String path = row.getString("relative_path");
        return new RinexFile(
                name,
                center.url(row.getString("root_path"), path, name),
                row.getLong("file_size"),
                row.getString("md5checksum"),
                row.getString("md5uncompressed"),
                new FileType(
                        row.getString("format"),
                        row.getString("sampling_window"),
                        row.getString("sampling_frequency")),
                Columns.time(row, "reference_date"),
                Columns.time(row, "published_date"),
                Columns.time(row, "creation_date"),
                Columns.time(row, "revision_date"),
                path,
                row.getInt("status"),
                center);
    }
}
