package epos.glass.query;

import java.time.LocalDate;
import java.util.List;

/** Which files are asked for. */
public record FileFilter(Condition condition) {

    public static FileFilter names(List<String> names) {
        return new FileFilter(Condition.of("f.name = any(?)", names));
    }

    public static FileFilter md5s(List<String> sums) {
        return new FileFilter(
                Condition.of("lower(f.md5checksum) = any(?)", Condition.lowered(sums)));
    }

    /** Files of the stations that a filter chooses. */
    public static FileFilter of(StationFilter stations) {
        return new FileFilter(stations.condition());
    }

    public static FileFilter dataCenters(List<String> acronyms) {
        return new FileFilter(
                Condition.of("lower(d.acronym) = any(?)", Condition.lowered(acronyms)));
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
}
