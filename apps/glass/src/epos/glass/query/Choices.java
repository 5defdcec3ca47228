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
                select n.name from network n
                 where exists (
                       select from station_network s
                        cross join method_identification m
                        where s.id_network = n.id and %s
                          and (exists (select from estimated_coordinates e
                                        where e.id_station = s.id_station
                                          and e.id_method_identification = m.id)
                            or exists (select from reference_position_velocities v
                                        where v.id_station = s.id_station
                                          and v.id_method_identification = m.id)))
                 order by 1""");
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

    /**
     * column is one of the names above, never a value from outside. Velocities have none. The ways
     * of a million estimates are found by as many looks into an index as there are ways.
     */
    private static String processing(String column) {
        return """
               with recursive way (parameters, method) as (
                   (select id_processing_parameters, id_method_identification
                      from estimated_coordinates order by 1, 2 limit 1)
                   union all
                   select another.* from way cross join lateral (
                       select e.id_processing_parameters, e.id_method_identification
                         from estimated_coordinates e
                        where (e.id_processing_parameters, e.id_method_identification)
                              > (way.parameters, way.method)
                        order by 1, 2 limit 1) another)
               select distinct p.%s from way
                 join processing_parameters p on p.id = way.parameters
                 join method_identification m on m.id = way.method
                where p.%s is not null and %%s order by 1"""
                .formatted(column, column);
    }
}
