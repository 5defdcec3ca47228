package epos.glass.query;

import epos.glass.database.Pool;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the values that exist of a kind: what a client offers for choice. */
public final class Lists {
    private static final Map<String, String> STATEMENTS = new LinkedHashMap<>();

    static {
        STATEMENTS.put("agency", "select name from agency order by name");
        STATEMENTS.put("antenna", equipment("antenna_type"));
        STATEMENTS.put("city", "select distinct name from city order by name");
        STATEMENTS.put("country", "select name from country order by name");
        STATEMENTS.put(
                "files_type",
                "select concat_ws(' ', format, sampling_window, sampling_frequency)"
                        + " from file_type order by 1");
        STATEMENTS.put("network", "select name from network order by name");
        STATEMENTS.put("radome", equipment("radome_type"));
        STATEMENTS.put("receiver", equipment("receiver_type"));
        STATEMENTS.put("state", "select distinct name from state order by name");
        STATEMENTS.put("station", "select distinct s.name from station s where %s order by 1");
    }

    private final Pool pool;

    public Lists(Pool pool) {
        this.pool = pool;
    }

    /** The kinds there are. */
    public static Set<String> kinds() {
        return STATEMENTS.keySet();
    }

    /** The values of a kind, in order; of stations, those that some filters by marker choose. */
    public void each(String kind, List<StationFilter> wanted, Sink<String> sink)
            throws IOException {
        Condition all = Condition.every(wanted.stream().map(StationFilter::condition).toList());
        String sql = STATEMENTS.get(kind).formatted(all.sql());
        Rows.each(pool, sql, all, row -> row.getString(1), sink);
    }

    /** attribute is one of the three names above, never a value from outside. */
    private static String equipment(String attribute) {
        return """
               select distinct v.value_varchar from item_attribute v
                 join attribute a on a.id = v.id_attribute
                where a.name = '%s' and v.value_varchar is not null order by 1"""
                .formatted(attribute);
    }
}
