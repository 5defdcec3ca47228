package epos.glass.query;

import com.google.gson.JsonElement;
import epos.glass.database.Pool;
import epos.glass.model.Named;
import epos.glass.model.Place;
import epos.glass.model.Station;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/** Reads stations. */
public final class Stations {
    /** The 9-character name where its parts are known, else the marker. */
    static final String LONG_NAME =
            """
            case when s.country_code is null then s.marker
                 else s.marker || coalesce(s.monument_num, 0) || coalesce(s.receiver_num, 0)
                      || s.country_code end""";

    private static final String SHORT_COLUMNS =
            """
            s.name, s.marker, %s as marker_long_name, s.date_from, s.date_to,
            c.x, c.y, c.z, c.lat, c.lon, c.altitude,
            city.name as city, state.name as state, country.name as country,
            array(select n.name from station_network sn join network n on n.id = sn.id_network
                  where sn.id_station = s.id order by n.name) as networks,
            array(select distinct a.name from station_contact sc
                  join contact k on k.id = sc.id_contact join agency a on a.id = k.id_agency
                  where sc.id_station = s.id order by a.name) as agencies,
            exists (select from estimated_coordinates e where e.id_station = s.id) as has_series
            """
                    .formatted(LONG_NAME);

    private static final String FULL_COLUMNS =
            """
            , (select coalesce(json_agg(json_build_object('name', t.name, 'usage', t.usage,
                      'cpd_num', t.cpd_num, 'iers_domes', t.iers_domes, 'dx', t.dx, 'dy', t.dy,
                      'dz', t.dz, 'accuracy', t.accuracy, 'survey_method', t.survey_method)
                      order by t.id), '[]')
               from local_ties t where t.id_station = s.id) as local_ties,
            (select json_build_object('description', m.description, 'inscription', m.inscription,
                    'height', m.height, 'foundation', m.foundation,
                    'foundation_depth', m.foundation_depth)
               from monument m where m.id = s.id_monument) as monument,
            (select coalesce(json_agg(json_build_object('type', k.name,
                    'name', (select v.value_varchar from item_attribute v
                              where v.id_item = i.id and v.id_attribute in (1, 2, 3) limit 1),
                    'serial_number', (select v.value_varchar from item_attribute v
                              where v.id_item = i.id and v.id_attribute = 4 limit 1),
                    'firmware_version', (select v.value_varchar from item_attribute v
                              where v.id_item = i.id and v.id_attribute = 5 limit 1),
                    'date_from', to_char(si.date_from, 'YYYY-MM-DD HH24:MI:SS'),
                    'date_to', to_char(si.date_to, 'YYYY-MM-DD HH24:MI:SS'))
                    order by k.name, si.date_from), '[]')
               from station_item si join item i on i.id = si.id_item
               join item_type k on k.id = i.id_item_type
              where si.id_station = s.id) as station_items,
            (select coalesce(string_agg(distinct to_char(f.reference_date, 'YYYY-MM-DD'), ','), '')
               from rinex_file f where f.id_station = s.id) as rinex_files_dates
            """;

    /** What the conditions of a StationFilter may name. */
    static final String TABLES =
            """
            station s
             left join location l on l.id = s.id_location
             left join coordinates c on c.id = l.id_coordinates
             left join city on city.id = l.id_city
             left join state on state.id = city.id_state
             left join country on country.id = state.id_country
            """;

    private static final Listing.Reading<Station> SHORT =
            new Listing.Reading<>(
                    "select " + SHORT_COLUMNS + " from " + TABLES,
                    200,
                    row -> station(row, null, null, null, null));
    private static final Listing.Reading<Station> FULL =
            new Listing.Reading<>(
                    "select " + SHORT_COLUMNS + FULL_COLUMNS + " from " + TABLES,
                    10, // thirty years of days are 120 kB
                    row ->
                            station(
                                    row,
                                    Columns.json(row, "local_ties"),
                                    Columns.json(row, "monument"),
                                    Columns.json(row, "station_items"),
                                    row.getString("rinex_files_dates")));

    private final Listing byMarker;

    public Stations(Pool pool) {
        byMarker = new Listing(pool, TABLES, "s", List.of("marker"));
    }

    /** Those of a page for which everything asked for holds, by marker. */
    public Chosen choose(List<StationFilter> wanted, Page page) throws IOException {
        return byMarker.choose(
                Condition.every(wanted.stream().map(StationFilter::condition).toList()), page);
    }

    /** Without equipment and files. */
    public void eachShort(Chosen chosen, Sink<Station> sink) throws IOException {
        byMarker.each(chosen, SHORT, sink);
    }

    /** The same with local ties, monument, equipment and the days for which there are files. */
    public void eachFull(Chosen chosen, Sink<Station> sink) throws IOException {
        byMarker.each(chosen, FULL, sink);
    }

    private static Station station(
            ResultSet row,
            JsonElement localTies,
            JsonElement monument,
            JsonElement items,
            String dates)
            throws SQLException {
        List<String> networks = texts(row, "networks");
        List<String> agencies = texts(row, "agencies");
        return new Station(
                row.getString("name"),
                row.getString("marker"),
                row.getString("marker_long_name"),
                Columns.time(row, "date_from"),
                Columns.time(row, "date_to"),
                Place.of(row),
                new Named(String.join(" & ", networks)),
                networks.stream().map(Named::new).toList(),
                new Named(String.join(" & ", agencies)),
                localTies,
                monument,
                items,
                dates,
                row.getBoolean("has_series"));
    }

    private static List<String> texts(ResultSet row, String column) throws SQLException {
        return Stream.of((Object[]) row.getArray(column).getArray()).map(String::valueOf).toList();
    }
}
