package epos.glass.model;

import java.sql.ResultSet;
import java.sql.SQLException;

/** Where a station is; each part may be unknown. */
public record Place(Coordinates coordinates, City city) {

    /** Earth-centred x, y, z and altitude in m, latitude and longitude in degrees. */
    public record Coordinates(
            Double x, Double y, Double z, Double lat, Double lon, Double altitude) {}

    public record City(String name, State state) {}

    public record State(String name, Named country) {}

    /** Reads the columns x to altitude, city, state and country. */
    public static Place of(ResultSet row) throws SQLException {
        return new Place(
                new Coordinates(
                        number(row, "x"),
                        number(row, "y"),
                        number(row, "z"),
                        number(row, "lat"),
                        number(row, "lon"),
                        number(row, "altitude")),
                new City(
                        row.getString("city"),
                        new State(row.getString("state"), new Named(row.getString("country")))));
    }

    private static Double number(ResultSet row, String column) throws SQLException {
        double value = row.getDouble(column);
        return row.wasNull() ? null : value;
    }
}
