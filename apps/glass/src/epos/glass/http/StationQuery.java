package epos.glass.http;

import epos.glass.query.StationFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Reads which stations a path and its parameters ask for. */
final class StationQuery {
    private static final double POLE = 90;
    private static final double MERIDIAN = 180;
    private static final double FARTHEST_KM = 20_040; // half round the earth
    private static final List<String> COMBINED =
            List.of(
                    "marker", "name", "network", "agency", "country", "city", "receiver", "antenna",
                    "radome");

    private StationQuery() {}

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
            return List.of(coordinates(path.get(1), parameters));
        }
        return List.of(filter(type, Parameters.values(path.get(1))));
    }

    /** minLon, minLat, maxLon, maxLat. */
    static List<StationFilter> bbox(List<String> corners) {
        double minLon = Parameters.number("minLon", corners.get(0), -MERIDIAN, MERIDIAN);
        double minLat = Parameters.number("minLat", corners.get(1), -POLE, POLE);
        double maxLon = Parameters.number("maxLon", corners.get(2), -MERIDIAN, MERIDIAN);
        double maxLat = Parameters.number("maxLat", corners.get(3), -POLE, POLE);
        return List.of(StationFilter.rectangle(minLat, maxLat, minLon, maxLon));
    }

    static StationFilter filter(String type, List<String> values) {
        Function<List<String>, StationFilter> filter =
                switch (type) {
                    case "marker", "station" -> StationFilter::markers;
                    case "name" -> StationFilter::names;
                    case "network" -> StationFilter::networks;
                    case "agency" -> StationFilter::agencies;
                    case "country" -> StationFilter::countries;
                    case "city" -> StationFilter::cities;
                    case "receiver" -> all -> StationFilter.equipment("receiver_type", all);
                    case "antenna" -> all -> StationFilter.equipment("antenna_type", all);
                    case "radome" -> all -> StationFilter.equipment("radome_type", all);
                    default -> throw new BadRequest("'" + type + "': use one of " + COMBINED);
                };
        return filter.apply(values);
    }

    private static StationFilter coordinates(String shape, Parameters given) {
        return switch (shape) {
            case "rectangle" ->
                    StationFilter.rectangle(
                            given.requiredNumber("minlat", -POLE, POLE),
                            given.requiredNumber("maxlat", -POLE, POLE),
                            given.requiredNumber("minlon", -MERIDIAN, MERIDIAN),
                            given.requiredNumber("maxlon", -MERIDIAN, MERIDIAN));
            case "circle" ->
                    StationFilter.circle(
                            given.requiredNumber("centerlat", -POLE, POLE),
                            given.requiredNumber("centerlon", -MERIDIAN, MERIDIAN),
                            given.requiredNumber("radius", 0, FARTHEST_KM));
            default -> throw new BadRequest("shape '" + shape + "': use rectangle or circle");
        };
    }

    private static List<StationFilter> combination(Parameters given) {
        List<StationFilter> all = new ArrayList<>();
        for (String type : COMBINED) {
            given.text(type).ifPresent(list -> all.add(filter(type, Parameters.values(list))));
        }
        if (List.of("minLat", "maxLat", "minLon", "maxLon").stream()
                .anyMatch(name -> given.text(name).isPresent())) {
            all.add(
                    StationFilter.rectangle(
                            given.number("minLat", -POLE, POLE).orElse(-POLE),
                            given.number("maxLat", -POLE, POLE).orElse(POLE),
                            given.number("minLon", -MERIDIAN, MERIDIAN).orElse(-MERIDIAN),
                            given.number("maxLon", -MERIDIAN, MERIDIAN).orElse(MERIDIAN)));
        }
        return all;
    }
}
