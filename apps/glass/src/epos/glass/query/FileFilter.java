package epos.glass.query;

import java.time.LocalDate;
import java.util.List;

/** Which files f are asked for: the values are bound, never part of the statement. */
public record FileFilter(Condition condition) {
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
        String sql = "select s.id from " + Stations.TABLES + " where " + of.sql();
        return by("f.id_station", new Condition(sql, of.values()));
    }

    public static FileFilter dataCenters(List<String> acronyms) {
        return by(
                "f.id_data_center_structure",
                Condition.of(
                        """
                        select p.id from data_center_structure p
                          join data_center d on d.id = p.id_data_center
                         where lower(d.acronym) = any(?)""",
                        Condition.lowered(acronyms)));
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

    /** Files that have a quality report for which all of something holds. */
    public static FileFilter reported(List<ReportFilter> wanted) {
        Condition all = Condition.every(wanted.stream().map(ReportFilter::condition).toList());
        return new FileFilter(
                new Condition(
                        "exists (select from qc_report_summary q where q.id_rinex_file = f.id and "
                                + all.sql()
                                + ")",
                        all.values()));
    }

    private static FileFilter ofType(Condition wanted) {
        String sql = "select t.id from file_type t where " + wanted.sql();
        return by("f.id_file_type", new Condition(sql, wanted.values()));
    }

    private static FileFilter by(String column, Condition chosen) {
        return new FileFilter(Condition.of(column + " = any(?)", chosen));
    }
}
