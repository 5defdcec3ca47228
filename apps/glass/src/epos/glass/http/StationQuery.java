package epos.glass.http;

import epos.glass.query.StationFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Reads which stations a path and its parameters ask for. */
final class StationQuery {
    private static final Known COMBINED =
            Known.of(
                    "marker", "name", "network", "agency", "country", "state", "city", "receiver",
                    "antenna", "radome");

    private static final Set<String> BBOX_OF = Set.of("station", "highrate");

    static final Known BBOX = Known.of("format", "with").and(Known.PAGES);

    private StationQuery() {}

    /** The parameters that choose stations where the path is this one. */
    static Known known(List<String> path) {
        if (path.equals(List.of("combination"))) {
            return COMBINED.and(Known.RECTANGLE).and(Known.CIRCLE).and(Known.POLYGON);
        }
        boolean shape = path.size() == 2 && path.get(0).equals("coordinates");
        return shape ? Shape.known(path.get(1)) : Known.NOTHING;
    }

    /** station; TYPE/VALUES; coordinates/SHAPE; combination. */
    static List<StationFilter> of(List<String> path, Parameters parameters) {
        String type = path.get(0);
        if (path.size() == 1) {
            return switch (type) {
                case "station" -> List.of();
                case "combination" -> combination(parameters);
                default -> throw new BadRequest("a value for '" + type + "' is missing");
            };
        }
        if (type.equals("coordinates")) {
            return List.of(Shape.of(path.get(1), parameters));
        }
        return List.of(filter(type, Parameters.values(path.get(1))));
    }

    /** station/bbox/…, highrate/bbox/… */
    static boolean isBbox(List<String> path) {
        return path.get(1).equals("bbox") && BBOX_OF.contains(path.get(0));
    }

    /**
     * minLon, minLat, maxLon, maxLat; with=1 for those that have files, 2 for those that have
     * products.
     */
    static List<StationFilter> bbox(List<String> path, Parameters given) {
        double minLon = Shape.longitude("minLon", path.get(2));
        double minLat = Shape.latitude("minLat", path.get(3));
        double maxLon = Shape.longitude("maxLon", path.get(4));
        double maxLat = Shape.latitude("maxLat", path.get(5));
        List<StationFilter> all = new ArrayList<>();
        all.add(Shape.rectangle(minLat, maxLat, minLon, maxLon));
        if (path.get(0).equals("highrate")) {
            all.add(StationFilter.withHighRate());
        }
        switch (given.integer("with", 0, 0, 2)) {
            case 1 -> all.add(StationFilter.withFiles());
            case 2 -> all.add(StationFilter.withProducts());
            default -> {}
        }
        return all;
    }

    static StationFilter filter(String type, List<String> values) {
        Function<List<String>, StationFilter> filter =
                switch (type) {
                    case "marker", "station" -> StationFilter::markers;
                    case "name" -> StationFilter::names;
                    case "network" -> StationFilter::networks;
                    case "agency" -> StationFilter::agencies;
                    case "country" -> StationFilter::countries;
                    case "state" -> StationFilter::states;
                    case "city" -> StationFilter::cities;
                    case "receiver" -> all -> StationFilter.equipment("receiver_type", all);
                    case "antenna" -> all -> StationFilter.equipment("antenna_type", all);
                    case "radome" -> all -> StationFilter.equipment("radome_type", all);
                    default -> throw new BadRequest("'" + type + "': use one of " + COMBINED.names());
                };
        return filter.apply(values);
    }

    private static List<StationFilter> combination(Parameters given) {
        List<StationFilter> all = new ArrayList<>();
        for (String type : COMBINED.names()) {
            given.text(type).ifPresent(list -> all.add(filter(type, Parameters.values(list))));
        }
        all.addAll(shapes(given));
        return all;
    }

    /** The shapes that parameters describe: a rectangle, a circle, a polygon. */
    static List<StationFilter> shapes(Parameters given) {
        List<StationFilter> all = new ArrayList<>();
        if (given.hasAnyOf(Known.RECTANGLE)) {
            all.add(Shape.openRectangle(given));
        }
        if (given.hasAnyOf(Known.CIRCLE)) {
            all.add(Shape.of("circle", given));
        }
        given.read("polygon", Polygon::ofCorners).ifPresent(all::add);
        return all;
    }
}
