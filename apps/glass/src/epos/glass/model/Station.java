package epos.glass.model;

import com.google.gson.JsonElement;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A station as the API gives it; what is FullOnly is null in a short answer. */
public record Station(
        String name,
        String marker,
        String markerLongName,
        String dateFrom,
        String dateTo,
        Place location,
        Named network,
        List<Named> networkArray,
        Named agency,
        @FullOnly JsonElement localTies,
        @FullOnly JsonElement monument,
        @FullOnly JsonElement stationItems,
        @FullOnly String rinexFilesDates,
        @Untold boolean hasSeries)
        implements Tabular {

    public static final String CSV_HEADER =
            "name, marker, marker_long_name, date_from, date_to, x, y, z, lat, lon, altitude,"
                    + " city, state, country, agencies ,networks";

    @Override
    public List<Object> cells() {
        Place.Coordinates at = location.coordinates();
        Place.City city = location.city();
        return Arrays.asList(
                name,
                marker,
                markerLongName,
                dateFrom,
                dateTo,
                at.x(),
                at.y(),
                at.z(),
                at.lat(),
                at.lon(),
                at.altitude(),
                city.name(),
                city.state().name(),
                city.state().country().name(),
                agency.name(),
                networkArray.stream().map(Named::name).collect(Collectors.joining(" & ")));
    }
}
