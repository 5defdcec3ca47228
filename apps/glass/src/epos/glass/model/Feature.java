package epos.glass.model;

import com.google.gson.JsonElement;
import com.google.gson.annotations.SerializedName;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A station as EPOS-GeoJSON has it; geometry is null where its coordinates are unknown. What begins
 * with "@epos_" tells the EPOS portal how to show the rest:
 * https://epos-eric.github.io/opensource-docs/documentation/system-reference/data-formats/geojson
 */
public record Feature(String type, Point geometry, Properties properties) {
    /** The key of the one style that a collection of stations has. */
    public static final String STYLE = "station";

    private static final List<String> ON_MAP =
            List.of("name", "marker_long_name", "country", "networks", "@epos_links");
    private static final List<String> IN_TABLE =
            List.of(
                    "name", "marker", "marker_long_name", "date_from", "date_to", "city", "state",
                    "country", "networks", "agencies", "@epos_links");

    /** Longitude and latitude in degrees, altitude in m. */
    public record Point(String type, List<Double> coordinates) {}

    public record Link(String label, String href, String type) {}

    /** The station's facts, in one level. */
    public record Properties(
            String name,
            String marker,
            String markerLongName,
            String dateFrom,
            String dateTo,
            Double x,
            Double y,
            Double z,
            String city,
            String state,
            String country,
            String networks,
            String agencies,
            @FullOnly JsonElement localTies,
            @FullOnly JsonElement monument,
            @FullOnly String rinexFilesDates,
            @SerializedName("@epos_type") String eposType,
            @SerializedName("@epos_style") String eposStyle,
            @SerializedName("@epos_label_key") String labelKey,
            @SerializedName("@epos_map_keys") List<String> mapKeys,
            @SerializedName("@epos_data_keys") List<String> dataKeys,
            @SerializedName("@epos_links") List<Link> links) {}

    /** Makes a station's feature; its links begin with base. */
    public static Feature of(Station station, String base) {
        Place place = station.location();
        Place.Coordinates at = place.coordinates();
        return new Feature(
                "Feature",
                at.lat() == null
                        ? null
                        : new Point("Point", Arrays.asList(at.lon(), at.lat(), at.altitude())),
                new Properties(
                        station.name(),
                        station.marker(),
                        station.markerLongName(),
                        station.dateFrom(),
                        station.dateTo(),
                        at.x(),
                        at.y(),
                        at.z(),
                        place.city().name(),
                        place.city().state().name(),
                        place.city().state().country().name(),
                        station.networkArray().stream()
                                .map(Named::name)
                                .collect(Collectors.joining(" & ")),
                        station.agency().name(),
                        station.localTies(),
                        station.monument(),
                        station.rinexFilesDates(),
                        STYLE,
                        STYLE,
                        "marker_long_name",
                        ON_MAP,
                        IN_TABLE,
                        links(station, base)));
    }

    private static List<Link> links(Station station, String base) {
        String marker = URLEncoder.encode(station.markerLongName(), StandardCharsets.UTF_8);
        String name = marker.replace("+", "%20");
        Link files = json("Files", base + "/files/station-marker/" + name + "/json");
        Link facts = json("Station", base + "/stations/v2/marker/" + name + "/full/json");
        if (!station.hasSeries()) {
            return List.of(files, facts);
        }
        String series = base + "/products/timeseries/" + name + "/all/enu/";
        return List.of(
                files,
                facts,
                json("Time series", series + "json"),
                new Link(
                        "Time series, to be plotted",
                        series + "covjson",
                        "application/prs.coverage+json"));
    }

    private static Link json(String label, String href) {
        return new Link(label, href, "application/json");
    }
}
