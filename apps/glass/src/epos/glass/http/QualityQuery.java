package epos.glass.http;

import epos.glass.query.FileFilter;
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
        List<FileFilter> all = new ArrayList<>();
        all.add(FileFilter.reported());
        given.text("constellation")
                .map(Parameters::values)
                .map(FileFilter::constellations)
                .ifPresent(all::add);
        given.text("observationtype")
                .map(Parameters::values)
                .map(FileFilter::signals)
                .ifPresent(all::add);
        for (String name : NUMBERS.names()) {
            given.read(name, QualityQuery::number).map(filter(name)).ifPresent(all::add);
        }
        return all;
    }

    private static Function<Double, FileFilter> filter(String name) {
        return switch (name) {
            case "ratioepoch" -> FileFilter::completeness;
            case "elevangle" -> FileFilter::elevation;
            case "nbcycleslips" -> FileFilter::cycleSlips;
            case "nbclockjumps" -> FileFilter::clockJumps;
            case "multipathvalue" -> FileFilter::multipath;
            default -> FileFilter::deviation;
        };
    }

    private static double number(String name, String value) {
        return Parameters.number(name, value, 0, MOST);
    }
}
