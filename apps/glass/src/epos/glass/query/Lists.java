package epos.glass.query;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import epos.glass.database.Pool;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the values that exist of a kind: what a client offers for choice. */
public final class Lists {
    private static final Map<String, String> STATEMENTS = new LinkedHashMap<>();

    static {
        STATEMENTS.put(
                "agency",
                "select name, json_build_object('name', name, 'abbreviation', abbreviation)"
                        + " from agency order by name");
        STATEMENTS.put("antenna", equipment("antenna_type"));
        STATEMENTS.put("city", names("city"));
        STATEMENTS.put(
                "country",
                "select name, json_build_object('name', name, 'iso_code', iso_code)"
                        + " from country order by name");
        STATEMENTS.put(
                "files_type",
                """
                select concat_ws(' ', format, sampling_window, sampling_frequency) as name,
                       json_build_object('name',
                               concat_ws(' ', format, sampling_window, sampling_frequency),
                               'format', format, 'sampling_window', sampling_window,
                               'sampling_frequency', sampling_frequency)
                  from file_type order by 1""");
        STATEMENTS.put("network", names("network"));
        STATEMENTS.put("radome", equipment("radome_type"));
        STATEMENTS.put("receiver", equipment("receiver_type"));
        STATEMENTS.put("state", names("state"));
        STATEMENTS.put(
                "station",
                "select s.name, json_build_object('name', s.name, 'marker', s.marker,"
                        + " 'marker_long_name', "
                        + Stations.LONG_NAME
                        + ") from station s where %s order by s.name, s.marker, s.id");
    }

    private final Pool pool;

    public Lists(Pool pool) {
        this.pool = pool;
    }

    /** The kinds there are. */
    public static Set<String> kinds() {
        return STATEMENTS.keySet();
    }

    /** A value: its name alone, and what is known of it. */
    public record Value(String name, JsonElement facts) {}

    /** The values of a kind, in order; of stations, those that some filters by marker choose. */
    public void each(String kind, List<StationFilter> wanted, Page page, Sink<Value> sink)
            throws IOException {
        Condition all = Condition.every(wanted.stream().map(StationFilter::condition).toList());
        Condition end = page.end();
        String sql = STATEMENTS.get(kind).formatted(all.sql()) + end.sql();
        Rows.each(pool, sql, all.and(end), Lists::value, sink);
    }

    private static Value value(ResultSet row) throws SQLException {
        return new Value(row.getString(1), JsonParser.parseString(row.getString(2)));
    }

    /** table is one of three names above. */
    private static String names(String table) {
        return "select name, json_build_object('name', name)"
                + " from (select distinct name from %s) named order by name".formatted(table);
    }

    /** attribute is one of the three names above, never a value from outside. */
    private static String equipment(String attribute) {
        return """
               select name, json_build_object('name', name)
                 from (select distinct v.value_varchar as name from item_attribute v
                         join attribute a on a.id = v.id_attribute
                        where a.name = '%s' and v.value_varchar is not null) named
                order by name"""
                .formatted(attribute);
    }
}
