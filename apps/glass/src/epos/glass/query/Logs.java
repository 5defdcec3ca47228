package epos.glass.query;

import epos.glass.database.Pool;
import java.io.IOException;
import java.util.List;

/** Reads the logs of stations as their authors wrote them. */
public final class Logs {
    private static final String NEWEST =
            """
            select text from (
                select distinct on (s.id) s.marker, s.id, t.text
                  from log l
                  join log_text t on t.id_log = l.id
                  join log_type y on y.id = l.id_log_type
                  join station s on s.id = l.id_station
                 where y.name = ? and %s
                 order by s.id, l.date desc, l.id desc) newest
             order by marker, id
            """;

    private final Pool pool;

    public Logs(Pool pool) {
        this.pool = pool;
    }

    /** The newest log of a type (IGS site log, GeodesyML) of each of some stations. */
    public void each(String type, List<String> markers, Sink<String> sink) throws IOException {
        Condition of = StationFilter.markers(markers).condition();
        Condition bound = Condition.of(of.sql(), type);
        Rows.each(
                pool,
                NEWEST.formatted(of.sql()),
                new Condition("", bound.and(of).values()),
                row -> row.getString(1),
                sink);
    }
}
