package epos.glass.geodesy;

/** A place on the earth and its own axes: east, north and up at the ellipsoid of WGS 84. */
public final class Place {
    private static final double MAJOR = 6378137.0; // m
    private static final double FLATTENING = 1 / 298.257223563;
    private static final double MINOR = MAJOR * (1 - FLATTENING);
    private static final double SQUARED = FLATTENING * (2 - FLATTENING); // eccentricity

    private final double latitude; // radians
    private final double longitude;
    private final double height; // m
    private final Vector east;
    private final Vector north;
    private final Vector up;

    /** position: x, y, z of the earth (ECEF) in m; Bowring's formula of 1976, good to a mm. */
    public Place(Vector position) {
        double fromAxis = Math.hypot(position.x(), position.y());
        double theta = Math.atan2(position.z() * MAJOR, fromAxis * MINOR);
        latitude =
                Math.atan2(
                        position.z() + SQUARED / (1 - SQUARED) * MINOR * cubed(Math.sin(theta)),
                        fromAxis - SQUARED * MAJOR * cubed(Math.cos(theta)));
        longitude = Math.atan2(position.y(), position.x());
        double sine = Math.sin(latitude);
        double cosine = Math.cos(latitude);
        height =
                fromAxis * cosine
                        + position.z() * sine
                        - MAJOR * Math.sqrt(1 - SQUARED * sine * sine);
        east = new Vector(-Math.sin(longitude), Math.cos(longitude), 0);
        north = new Vector(-sine * Math.cos(longitude), -sine * Math.sin(longitude), cosine);
        up = new Vector(cosine * Math.cos(longitude), cosine * Math.sin(longitude), sine);
    }

    /** In degrees, -90 to 90. */
    public double latitude() {
        return Math.toDegrees(latitude);
    }

    /** In degrees, -180 to 180. */
    public double longitude() {
        return Math.toDegrees(longitude);
    }

    /** Above the ellipsoid, in m. */
    public double height() {
        return height;
    }

    /** A difference in x, y, z as east, north, up. */
    public Vector local(Vector difference) {
        return new Vector(difference.dot(east), difference.dot(north), difference.dot(up));
    }

    public Covariance local(Covariance all) {
        return new Covariance(
                all.along(east, east),
                all.along(north, north),
                all.along(up, up),
                all.along(east, north),
                all.along(east, up),
                all.along(north, up));
    }

    private static double cubed(double value) {
        return value * value * value;
    }
}
