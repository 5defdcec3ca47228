package epos.glass.query;

import java.util.List;
import java.util.Locale;

/** Which stations are asked for: the values are bound, never part of the statement. */
public record StationFilter(Condition condition) {
    /** How products were made. */
    private static final String METHODS =
            """
            method_identification m
            join analysis_centers a on a.id = m.id_analysis_centers
            join reference_frame r on r.id = m.id_reference_frame
            """;

    /** Markers of 4 or 9 characters, in any case. */
    public static StationFilter markers(List<String> markers) {
        List<String> upper = markers.stream().map(one -> one.toUpperCase(Locale.ROOT)).toList();
        return new StationFilter(
                Condition.of(
                        "(s.marker = any(?) or " + Stations.LONG_NAME + " = any(?))",
                        upper,
                        upper));
    }

    public static StationFilter names(List<String> names) {
        return lowered("lower(s.name) = any(?)", names);
    }

    public static StationFilter networks(List<String> names) {
        return lowered(
                """
                exists (select from station_network sn join network n on n.id = sn.id_network
                        where sn.id_station = s.id and lower(n.name) = any(?))""",
                names);
    }

    /** Agencies by name or abbreviation. */
    public static StationFilter agencies(List<String> names) {
        List<String> lowered = Condition.lowered(names);
        return new StationFilter(
                Condition.of(
                        """
                        exists (select from station_contact sc
                                join contact k on k.id = sc.id_contact
                                join agency a on a.id = k.id_agency
                                where sc.id_station = s.id
                                and (lower(a.name) = any(?) or lower(a.abbreviation) = any(?)))""",
                        lowered,
                        lowered));
    }

    /** Countries by name or three-letter code. */
    public static StationFilter countries(List<String> names) {
        List<String> lowered = Condition.lowered(names);
        return new StationFilter(
                Condition.of(
                        "(lower(country.name) = any(?) or lower(country.iso_code) = any(?))",
                        lowered,
                        lowered));
    }

    public static StationFilter states(List<String> names) {
        return lowered("lower(state.name) = any(?)", names);
    }

    public static StationFilter cities(List<String> names) {
        return lowered("lower(city.name) = any(?)", names);
    }

    /** Stations that ever had this equipment; attribute: antenna_type, receiver_type, … */
    public static StationFilter equipment(String attribute, List<String> types) {
        return new StationFilter(
                Condition.of(
                        """
                        exists (select from station_item si
                                join item_attribute ia on ia.id_item = si.id_item
                                join attribute b on b.id = ia.id_attribute
                                where si.id_station = s.id and b.name = ?
                                and lower(ia.value_varchar) = any(?))""",
                        attribute,
                        Condition.lowered(types)));
    }

    /** Stations that have files. */
    public static StationFilter withFiles() {
        return new StationFilter(
                Condition.of("exists (select from rinex_file f where f.id_station = s.id)"));
    }

    /** Stations that have files of a second or less between two epochs. */
    public static StationFilter withHighRate() {
        return new StationFilter(
                Condition.of(
                        """
                        exists (select from file_type t join rinex_file f on f.id_file_type = t.id
                                where f.id_station = s.id and
                        """
                                + FileFilter.HIGH_RATE
                                + ")"));
    }

    /** Stations that have products. */
    public static StationFilter withProducts() {
        return withProducts(List.of(), List.of(), Span.EVERYTHING);
    }

    /**
     * Stations that have products for which all of something holds. Where that is of a processing or
     * of epochs only time series are looked for: velocities have neither.
     */
    public static StationFilter withProducts(
            List<SeriesFilter> ofMethod, List<SeriesFilter> ofProcessing, Span span) {
        Condition made = all(ofMethod).and(all(ofProcessing));
        String sql =
                """
                exists (select from %s cross join processing_parameters p
                         where %s and exists (
                               select from estimated_coordinates e
                                where e.id_station = s.id and e.id_method_identification = m.id
                                  and e.id_processing_parameters = p.id and %s))"""
                        .formatted(METHODS, made.sql(), span.condition().sql());
        StationFilter withSeries =
                new StationFilter(new Condition(sql, made.and(span.condition()).values()));
        boolean both = ofProcessing.isEmpty() && span.equals(Span.EVERYTHING);
        return both ? withSeries.or(withVelocities(ofMethod)) : withSeries;
    }

    private static StationFilter withVelocities(List<SeriesFilter> ofMethod) {
        Condition wanted = all(ofMethod);
        String sql =
                """
                exists (select from reference_position_velocities v join %s
                            on m.id = v.id_method_identification
                         where v.id_station = s.id and %s)"""
                        .formatted("(" + METHODS + ")", wanted.sql());
        return new StationFilter(new Condition(sql, wanted.values()));
    }

    private static Condition all(List<SeriesFilter> wanted) {
        return Condition.every(wanted.stream().map(SeriesFilter::condition).toList());
    }

    private StationFilter or(StationFilter other) {
        return new StationFilter(condition.or(other.condition));
    }

    /** Inside, or on the border of, a rectangle in degrees. */
    public static StationFilter rectangle(
            double minLat, double maxLat, double minLon, double maxLon) {
        return new StationFilter(
                Condition.of(
                        "c.lat between ? and ? and c.lon between ? and ?",
                        minLat,
                        maxLat,
                        minLon,
                        maxLon));
    }

    /** Within a distance in km along the surface of a sphere (haversine; radius 6371 km). */
    public static StationFilter circle(double lat, double lon, double radius) {
        return new StationFilter(
                Condition.of(
                        """
                        2 * 6371 * asin(least(1, sqrt(
                            power(sin(radians(c.lat - ?) / 2), 2)
                            + cos(radians(?)) * cos(radians(c.lat))
                            * power(sin(radians(c.lon - ?) / 2), 2)))) <= ?""",
                        lat,
                        lat,
                        lon,
                        radius));
    }

    /** Inside, or on the border of, a ring, and in none of the holes. */
    public static StationFilter polygon(Ring outer, List<Ring> holes) {
        Condition inside = Condition.of("?::polygon @> point(c.lon, c.lat)", outer.text());
        for (Ring hole : holes) {
            inside = inside.and(Condition.of("not ?::polygon @> point(c.lon, c.lat)", hole.text()));
        }
        return new StationFilter(inside);
    }

    private static StationFilter lowered(String sql, List<String> values) {
        return new StationFilter(Condition.of(sql, Condition.lowered(values)));
    }
}
