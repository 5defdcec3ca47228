package epos.glass.query;

import epos.glass.database.Pool;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Reads which values the products have, of what they can be asked by. */
public final class Choices {
    private static final Map<String, String> STATEMENTS = new LinkedHashMap<>();

    static {
        STATEMENTS.put(
                "network",
                """
                select distinct n.name
                  from (select id_station, id_method_identification from estimated_coordinates
                        union
                        select id_station, id_method_identification
                          from reference_position_velocities) p
                  join method_identification m on m.id = p.id_method_identification
                  join station_network s on s.id_station = p.id_station
                  join network n on n.id = s.id_network
                 where %s order by 1""");
        STATEMENTS.put(
                "analysisCenter",
                """
                select distinct a.abbreviation from method_identification m
                  join analysis_centers a on a.id = m.id_analysis_centers where %s order by 1""");
        STATEMENTS.put(
                "referenceFrame",
                """
                select distinct r.name from method_identification m
                  join reference_frame r on r.id = m.id_reference_frame where %s order by 1""");
        STATEMENTS.put("otlModel", processing("otl_model"));
        STATEMENTS.put("antennaModel", processing("antenna_model"));
        STATEMENTS.put("samplingPeriod", processing("sampling_period"));
    }

    private final Pool pool;

    public Choices(Pool pool) {
        this.pool = pool;
    }

    /** What can be asked for, in camel case. */
    public static Set<String> kinds() {
        return STATEMENTS.keySet();
    }

    /** The values of a kind, in order; type: timeseries, velocities, or null for both. */
    public void each(String kind, String type, Sink<String> sink) throws IOException {
        Condition of = type == null ? Condition.ALL : Condition.of("m.data_type = ?", type);
        String sql = STATEMENTS.get(kind).formatted(of.sql());
        Rows.each(pool, sql, of, row -> row.getString(1), sink);
    }

    /** column is one of the names above, never a value from outside. Velocities have none. */
    private static String processing(String column) {
        return """
               select distinct p.%s from processing_parameters p
                 join estimated_coordinates e on e.id_processing_parameters = p.id
                 join method_identification m on m.id = e.id_method_identification
                where p.%s is not null and %%s order by 1"""
                .formatted(column, column);
    }
}
