package epos.glass.http;

import epos.glass.query.FileFilter;
import epos.glass.query.StationFilter;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Reads which files an object type and its value ask for. */
final class FileQuery {
    private static final Known OF_STATION =
            Known.of(
                    "marker", "network", "agency", "country", "state", "city", "receiver",
                    "antenna", "radome");
    private static final Known COMBINED =
            OF_STATION
                    .and(
                            Known.of(
                                    "dateRange", "reference_date", "published_date", "md5",
                                    "file_name", "data_center_acronym", "format",
                                    "sampling_window", "sampling_frequency"))
                    .and(Known.RECTANGLE)
                    .and(Known.CIRCLE)
                    .and(Known.POLYGON);
    private static final List<String> SHAPES =
            Known.RECTANGLE.and(Known.CIRCLE).and(Known.POLYGON).names();
    private static final Known DATES = Known.of("date_from", "date_to");
    private static final String SHAPE = "coordinates=";

    private FileQuery() {}

    static List<FileFilter> of(String type, String value) {
        return switch (type) {
            case "coordinates" -> List.of(shape("rectangle", value));
            case "coordinates_data" -> List.of(ledByShape(value));
            case "date_range" -> value.contains("=") ? fromTo(value) : days(type, value, 2);
            case "combination" -> combination(Parameters.ofPairs(value, COMBINED));
            case "combinationT3" -> withQuality(value);
            case "station-marker", "marker", "site", "name", "network", "agency", "country",
                            "data_center_acronym" ->
                    filter(type, value);
            default ->
                    throw new BadRequest(
                            "'" + type + "': use station-marker, marker, site, name, date_range,"
                                    + " network, agency, country, data_center_acronym, coordinates,"
                                    + " coordinates_data, combination or combinationT3");
        };
    }

    private static List<FileFilter> filter(String type, String value) {
        Function<List<String>, FileFilter> filter =
                switch (type) {
                    case "name", "file_name" -> FileFilter::names;
                    case "md5" -> FileFilter::md5s;
                    case "data_center_acronym" -> FileFilter::dataCenters;
                    case "format", "sampling_window", "sampling_frequency" ->
                            all -> FileFilter.type(type, all);
                    case "network", "agency", "country" ->
                            all -> FileFilter.of(StationQuery.filter(type, all));
                    default -> all -> FileFilter.of(StationFilter.markers(all));
                };
        return List.of(filter.apply(Parameters.values(value)));
    }

    /** Files with a quality report, by what it says and by all that files are combined by. */
    private static List<FileFilter> withQuality(String value) {
        Parameters given = Parameters.ofPairs(value, COMBINED.and(QualityQuery.KNOWN));
        List<FileFilter> all = new ArrayList<>(combination(given));
        all.addAll(QualityQuery.of(given));
        return all;
    }

    private static List<FileFilter> combination(Parameters given) {
        List<FileFilter> all = new ArrayList<>();
        for (String key : COMBINED.names()) {
            if (!SHAPES.contains(key)) {
                given.read(key, FileQuery::combined).ifPresent(all::addAll);
            }
        }
        StationQuery.shapes(given).forEach(shape -> all.add(FileFilter.of(shape)));
        return all;
    }

    private static List<FileFilter> combined(String key, String value) {
        if (OF_STATION.names().contains(key)) {
            return List.of(FileFilter.of(StationQuery.filter(key, Parameters.values(value))));
        }
        return switch (key) {
            case "dateRange" -> days(key, value, 2);
            case "reference_date" -> days(key, value, 1);
            case "published_date" -> {
                Days days = Days.of(key, value, 1);
                yield List.of(FileFilter.published(days.first(), days.last()));
            }
            default -> filter(key, value);
        };
    }

    private static List<FileFilter> days(String name, String value, int least) {
        Days days = Days.of(name, value, least);
        return List.of(FileFilter.from(days.first()), FileFilter.until(days.last()));
    }

    /** date_from=…&date_to=… */
    private static List<FileFilter> fromTo(String value) {
        Parameters given = Parameters.ofPairs(value, DATES);
        LocalDate first = given.required("date_from", Parameters::day);
        Days days = Days.between("date_range", first, given.required("date_to", Parameters::day));
        return List.of(FileFilter.from(days.first()), FileFilter.until(days.last()));
    }

    /** coordinates=SHAPE&… */
    private static FileFilter ledByShape(String value) {
        int end = value.indexOf('&');
        if (!value.startsWith(SHAPE) || end < 0) {
            throw new BadRequest("coordinates_data begins with " + SHAPE + "rectangle&");
        }
        return shape(value.substring(SHAPE.length(), end), value.substring(end + 1));
    }

    private static FileFilter shape(String shape, String value) {
        return FileFilter.of(Shape.of(shape, Parameters.ofPairs(value, Shape.known(shape))));
    }
}
