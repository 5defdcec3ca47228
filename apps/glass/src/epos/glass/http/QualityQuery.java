package epos.glass.http;

import epos.glass.query.FileFilter;
import epos.glass.query.ReportFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Reads what the quality reports of files are to say. */
final class QualityQuery {
    private static final double MOST = 1e9;
    private static final Known LISTS = Known.of("constellation", "observationtype");
    private static final Known NUMBERS =
            Known.of(
                    "ratioepoch", "elevangle", "nbcycleslips", "nbclockjumps", "multipathvalue",
                    "spprms");

    /** What can be asked for. */
    static final Known KNOWN = LISTS.and(NUMBERS);

    private QualityQuery() {}

    static List<FileFilter> of(Parameters given) {
        List<ReportFilter> all = new ArrayList<>();
        given.text("constellation")
                .map(Parameters::values)
                .map(ReportFilter::constellations)
                .ifPresent(all::add);
        given.text("observationtype")
                .map(Parameters::values)
                .map(ReportFilter::signals)
                .ifPresent(all::add);
        for (String name : NUMBERS.names()) {
            given.read(name, QualityQuery::number).map(filter(name)).ifPresent(all::add);
        }
        return List.of(FileFilter.reported(all));
    }

    private static Function<Double, ReportFilter> filter(String name) {
        return switch (name) {
            case "ratioepoch" -> ReportFilter::completeness;
            case "elevangle" -> ReportFilter::elevation;
            case "nbcycleslips" -> ReportFilter::cycleSlips;
            case "nbclockjumps" -> ReportFilter::clockJumps;
            case "multipathvalue" -> ReportFilter::multipath;
            default -> ReportFilter::deviation;
        };
    }

    private static double number(String name, String value) {
        return Parameters.number(name, value, 0, MOST);
    }
}
