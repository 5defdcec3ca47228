package epos.glass.http;

import epos.glass.query.StationFilter;

/** Reads the shapes on the earth's surface that parameters describe. */
final class Shape {
    private static final double POLE = 90;
    private static final double MERIDIAN = 180;
    private static final double FARTHEST_KM = 20_040; // half round the earth

    private Shape() {}

    /** The parameters of a shape. */
    static Known known(String shape) {
        return switch (shape) {
            case "rectangle" -> Known.RECTANGLE;
            case "circle" -> Known.CIRCLE;
            case "polygon" -> Known.POLYGON;
            default -> throw unknown(shape);
        };
    }

    static StationFilter of(String shape, Parameters given) {
        return switch (shape) {
            case "rectangle" ->
                    rectangle(
                            given.required("minLat", Shape::latitude),
                            given.required("maxLat", Shape::latitude),
                            given.required("minLon", Shape::longitude),
                            given.required("maxLon", Shape::longitude));
            case "circle" ->
                    StationFilter.circle(
                            given.required("centerLat", Shape::latitude),
                            given.required("centerLon", Shape::longitude),
                            given.required("radius", Shape::distance));
            case "polygon" -> given.required("polygon", Polygon::ofCorners);
            default -> throw unknown(shape);
        };
    }

    /** A rectangle that may have fewer than four sides: up to the pole, round the earth. */
    static StationFilter openRectangle(Parameters given) {
        return rectangle(
                given.read("minLat", Shape::latitude).orElse(-POLE),
                given.read("maxLat", Shape::latitude).orElse(POLE),
                given.read("minLon", Shape::longitude).orElse(-MERIDIAN),
                given.read("maxLon", Shape::longitude).orElse(MERIDIAN));
    }

    static StationFilter rectangle(double minLat, double maxLat, double minLon, double maxLon) {
        if (minLat > maxLat) {
            throw new BadRequest("minLat " + minLat + " is above maxLat " + maxLat);
        }
        if (minLon > maxLon) {
            throw new BadRequest(
                    "minLon " + minLon + " is above maxLon " + maxLon
                            + ": ask on each side of the date line");
        }
        return StationFilter.rectangle(minLat, maxLat, minLon, maxLon);
    }

    static double latitude(String name, String value) {
        return Parameters.number(name, value, -POLE, POLE);
    }

    static double longitude(String name, String value) {
        return Parameters.number(name, value, -MERIDIAN, MERIDIAN);
    }

    private static BadRequest unknown(String shape) {
        return new BadRequest("shape '" + shape + "': use rectangle, circle or polygon");
    }

    private static double distance(String name, String value) {
        return Parameters.number(name, value, 0, FARTHEST_KM);
    }
}
