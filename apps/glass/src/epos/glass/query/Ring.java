package epos.glass.query;

import java.util.List;
import java.util.stream.Collectors;

/** A closed line; between its corners it is straight on the plane of longitude and latitude. */
public record Ring(List<Corner> corners) {

    /** In degrees. */
    public record Corner(double lat, double lon) {}

    /** As PostgreSQL writes a polygon: ((lon,lat),(lon,lat),…). */
    String text() {
        return corners.stream()
                .map(corner -> "(" + corner.lon() + "," + corner.lat() + ")")
                .collect(Collectors.joining(",", "(", ")"));
    }
}
