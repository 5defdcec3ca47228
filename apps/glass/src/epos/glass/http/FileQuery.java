package epos.glass.http;

import epos.glass.query.FileFilter;
import epos.glass.query.StationFilter;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Reads which files an object type and its value ask for. */
final class FileQuery {
    private static final Known COMBINED =
            Known.of(
                    "marker", "dateRange", "reference_date", "published_date", "md5", "file_name",
                    "network", "agency", "country");
    private static final Known DATES = Known.of("date_from", "date_to");
    private static final String SHAPE = "coordinates=";

    private FileQuery() {}

    static List<FileFilter> of(String type, String value) {
        return switch (type) {
            case "coordinates" -> List.of(shape("rectangle", value));
            case "coordinates_data" -> List.of(ledByShape(value));
            case "date_range" -> value.contains("=") ? fromTo(value) : days(type, value, 2);
            case "combination" -> combination(Parameters.ofPairs(value, COMBINED));
            case "station-marker", "marker", "site", "name", "network", "agency", "country",
                            "data_center_acronym" ->
                    filter(type, value);
            default ->
                    throw new BadRequest(
                            "'" + type + "': use station-marker, marker, site, name, date_range,"
                                    + " network, agency, country, data_center_acronym, coordinates,"
                                    + " coordinates_data or combination");
        };
    }

    private static List<FileFilter> filter(String type, String value) {
        Function<List<String>, FileFilter> filter =
                switch (type) {
                    case "name", "file_name" -> FileFilter::names;
                    case "md5" -> FileFilter::md5s;
                    case "data_center_acronym" -> FileFilter::dataCenters;
                    case "network" -> all -> FileFilter.of(StationFilter.networks(all));
                    case "agency" -> all -> FileFilter.of(StationFilter.agencies(all));
                    case "country" -> all -> FileFilter.of(StationFilter.countries(all));
                    default -> all -> FileFilter.of(StationFilter.markers(all));
                };
        return List.of(filter.apply(Parameters.values(value)));
    }

    private static List<FileFilter> combination(Parameters given) {
        List<FileFilter> all = new ArrayList<>();
        for (String key : COMBINED.names()) {
            given.read(key, FileQuery::combined).ifPresent(all::addAll);
        }
        return all;
    }

    private static List<FileFilter> combined(String key, String value) {
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
