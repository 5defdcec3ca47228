package epos.glass.query;

import epos.glass.database.Pool;
import java.io.IOException;
import java.time.LocalDate;
import java.util.List;

/**
 * Which files are asked for.
 *
 * @param condition on the file f; or, where there is a column, what chooses its values
 * @param column of the file, whose values are chosen by another statement: the database, which is
 *     told them, knows then whether few or many files have one; else null
 */
public record FileFilter(Condition condition, String column) {
    /** Of a file's type t: 1s, 0.1s, 50Hz. */
    static final String HIGH_RATE = "t.sampling_frequency ~ '^(1s|0?\\.[0-9]+s|[0-9.]+Hz)$'";

    /** Files of a second or less between two epochs. */
    public static FileFilter highRate() {
        return ofType(Condition.of(HIGH_RATE));
    }

    public static FileFilter names(List<String> names) {
        return new FileFilter(Condition.of("f.name = any(?)", names));
    }

    public static FileFilter md5s(List<String> sums) {
        return new FileFilter(
                Condition.of("lower(f.md5checksum) = any(?)", Condition.lowered(sums)));
    }

    /** Files by a column of their type: format, sampling_window or sampling_frequency. */
    public static FileFilter type(String column, List<String> values) {
        return ofType(Condition.of("lower(t." + column + ") = any(?)", Condition.lowered(values)));
    }

    /** Files of the stations that a filter chooses. */
    public static FileFilter of(StationFilter stations) {
        Condition of = stations.condition();
        return new FileFilter(
                new Condition(
                        "select s.id from " + Stations.TABLES + " where " + of.sql(), of.values()),
                "f.id_station");
    }

    public static FileFilter dataCenters(List<String> acronyms) {
        return new FileFilter(
                Condition.of(
                        """
                        select p.id from data_center_structure p
                          join data_center d on d.id = p.id_data_center
                         where lower(d.acronym) = any(?)""",
                        Condition.lowered(acronyms)),
                "f.id_data_center_structure");
    }

    /** Files whose reference date is this day or later. */
    public static FileFilter from(LocalDate day) {
        return new FileFilter(Condition.of("f.reference_date >= ?", day));
    }

    /** Files whose reference date is this day or earlier. */
    public static FileFilter until(LocalDate day) {
        return new FileFilter(Condition.of("f.reference_date < ?", day.plusDays(1)));
    }

    /** Files that were first indexed on one of these days. */
    public static FileFilter published(LocalDate first, LocalDate last) {
        return new FileFilter(
                Condition.of(
                        "f.published_date >= ? and f.published_date < ?", first, last.plusDays(1)));
    }

    /** Without the files whose quality control or metadata failed. */
    public static FileFilter validated() {
        return new FileFilter(Condition.of("f.status >= 0"));
    }

    /** Files that have a quality report. */
    public static FileFilter reported() {
        return ofReport(Condition.ALL);
    }

    /** Files whose report has data of one of these systems: GPS, GLO, GAL, … */
    public static FileFilter constellations(List<String> names) {
        return ofReport(
                Condition.of(
                        """
                        exists (select from qc_constellation_summary c
                                join constellations k on k.id = c.id_constellation
                                where c.id_qc_report_summary = q.id
                                and c.epo_have > 0 and lower(k.identifier_3ch) = any(?))""",
                        Condition.lowered(names)));
    }

    /** Files whose report has one of these signals: C1C, L2W, … */
    public static FileFilter signals(List<String> names) {
        String union =
                List.of("c", "l", "d", "s").stream()
                        .map(
                                kind ->
                                        "select id_qc_constellation_summary, id_gnss_obsnames"
                                                + " from qc_observation_summary_"
                                                + kind)
                        .collect(java.util.stream.Collectors.joining(" union all "));
        return ofReport(
                Condition.of(
                        "exists (select from qc_constellation_summary c join ("
                                + union
                                + ") o on o.id_qc_constellation_summary = c.id"
                                + " join gnss_obsnames n on n.id = o.id_gnss_obsnames"
                                + " where c.id_qc_report_summary = q.id"
                                + " and lower(n.name) = any(?))",
                        Condition.lowered(names)));
    }

    /** Files of whose expected observations at least this much was there, in percent. */
    public static FileFilter completeness(double percent) {
        return ofReport(Condition.of("q.obs_have >= q.obs_expt * ? / 100.0", percent));
    }

    /** Files with a minimal elevation of at most this, in degrees. */
    public static FileFilter elevation(double degrees) {
        return ofReport(Condition.of("q.obs_elev <= ?", degrees));
    }

    /** Files with at most so many slips of a phase. */
    public static FileFilter cycleSlips(double most) {
        return ofReport(Condition.of("q.cyc_slps <= ?", most));
    }

    /** Files with at most so many jumps of the receiver's clock. */
    public static FileFilter clockJumps(double most) {
        return ofReport(Condition.of("q.clk_jmps <= ?", most));
    }

    /** Files none of whose code signals has a larger multipath, in cm. */
    public static FileFilter multipath(double most) {
        return ofReport(
                Condition.of(
                        """
                        not exists (select from qc_constellation_summary c
                                join qc_observation_summary_c o
                                  on o.id_qc_constellation_summary = c.id
                                where c.id_qc_report_summary = q.id and o.cod_mpth > ?)""",
                        most));
    }

    /** Files none of whose systems puts the station with a larger deviation, in m. */
    public static FileFilter deviation(double most) {
        return ofReport(
                Condition.of(
                        """
                        not exists (select from qc_constellation_summary c
                                where c.id_qc_report_summary = q.id
                                and greatest(c.x_rms, c.y_rms, c.z_rms) > ?)""",
                        most));
    }

    private FileFilter(Condition ofFile) {
        this(ofFile, null);
    }

    /** The condition on the file. */
    Condition resolved(Pool pool) throws IOException {
        return column == null
                ? condition
                : Condition.of(column + " = any(?)", Rows.ids(pool, condition.sql(), condition));
    }

    private static FileFilter ofType(Condition wanted) {
        String sql = "select t.id from file_type t where " + wanted.sql();
        return new FileFilter(new Condition(sql, wanted.values()), "f.id_file_type");
    }

    private static FileFilter ofReport(Condition wanted) {
        return new FileFilter(
                new Condition(
                        "exists (select from qc_report_summary q where q.id_rinex_file = f.id and "
                                + wanted.sql()
                                + ")",
                        wanted.values()));
    }
}
