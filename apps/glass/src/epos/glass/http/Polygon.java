package epos.glass.http;

import com.google.gson.JsonParseException;
import epos.glass.query.Ring;
import epos.glass.query.StationFilter;
import java.util.ArrayList;
import java.util.List;

/** Reads polygons: lat!lon,lat!lon,… or GeoJSON; the last corner may repeat the first. */
final class Polygon {
    private static final int LEAST_CORNERS = 3;

    private Polygon() {}

    /** What is read of GeoJSON: an outer ring and holes of positions, longitude first. */
    private record GeoJson(String type, List<List<List<Double>>> coordinates) {}

    /** lat!lon,lat!lon,… */
    static StationFilter ofCorners(String name, String list) {
        List<Ring.Corner> corners = new ArrayList<>();
        for (String pair : Parameters.values(list)) {
            String[] parts = pair.split("!", -1);
            if (parts.length != 2) {
                throw new BadRequest(name + ": '" + pair + "' is not a corner such as 43.7!6.9");
            }
            corners.add(corner(parts[0], parts[1]));
        }
        return StationFilter.polygon(ring(corners), List.of());
    }

    static StationFilter ofGeoJson(String text) {
        GeoJson polygon = parse(text);
        if (polygon == null
                || !"Polygon".equals(polygon.type)
                || polygon.coordinates == null
                || polygon.coordinates.isEmpty()) {
            throw new BadRequest("give a GeoJSON geometry of type Polygon");
        }
        List<Ring> rings = polygon.coordinates.stream().map(Polygon::ofPositions).toList();
        return StationFilter.polygon(rings.get(0), rings.subList(1, rings.size()));
    }

    private static GeoJson parse(String text) {
        try {
            return Json.FULL.fromJson(text, GeoJson.class);
        } catch (JsonParseException | NumberFormatException wrong) {
            throw new BadRequest("what should be GeoJSON cannot be read as such");
        }
    }

    private static Ring ofPositions(List<List<Double>> positions) {
        List<Ring.Corner> corners = new ArrayList<>();
        for (List<Double> position : positions == null ? List.<List<Double>>of() : positions) {
            if (position == null || position.size() < 2) {
                throw new BadRequest("a position of a polygon is not [longitude, latitude]");
            }
            corners.add(corner(String.valueOf(position.get(1)), String.valueOf(position.get(0))));
        }
        return ring(corners);
    }

    private static Ring.Corner corner(String lat, String lon) {
        return new Ring.Corner(Shape.latitude("latitude", lat), Shape.longitude("longitude", lon));
    }

    private static Ring ring(List<Ring.Corner> corners) {
        int last = corners.size() - 1;
        boolean closed = last > 0 && corners.get(last).equals(corners.get(0));
        List<Ring.Corner> all = closed ? corners.subList(0, last) : corners;
        if (all.size() < LEAST_CORNERS) {
            throw new BadRequest("a polygon has at least " + LEAST_CORNERS + " corners");
        }
        return new Ring(all);
    }
}
