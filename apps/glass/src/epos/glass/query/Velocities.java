package epos.glass.query;

import epos.glass.database.Pool;
import epos.glass.geodesy.Covariance;
import epos.glass.model.Motion;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.util.List;

/** Reads velocities of stations. */
public final class Velocities {
    private static final String READ =
            """
            select s.name, s.marker, %s as marker_long_name, a.abbreviation, r.name as frame,
                   m.software, m.version, v.*
              from reference_position_velocities v
              join station s on s.id = v.id_station
              join method_identification m on m.id = v.id_method_identification
              join analysis_centers a on a.id = m.id_analysis_centers
              join reference_frame r on r.id = m.id_reference_frame
            """
                    .formatted(Stations.LONG_NAME);

    private final Pool pool;

    public Velocities(Pool pool) {
        this.pool = pool;
    }

    /** Those for which everything asked for holds, by station, the newest solution first. */
    public void each(List<SeriesFilter> wanted, Sink<Motion> sink) throws IOException {
        Condition all = Condition.every(wanted.stream().map(SeriesFilter::condition).toList());
        String order = " order by s.marker, s.id, m.creation_date desc, m.id, v.start_epoch";
        Rows.each(pool, READ + " where " + all.sql() + order, all, Velocities::motion, sink);
    }

    private static Motion motion(ResultSet row) throws SQLException {
        return new Motion(
                row.getString("marker_long_name"),
                row.getString("marker"),
                row.getString("name"),
                row.getString("abbreviation"),
                row.getString("frame"),
                row.getString("software"),
                row.getString("version"),
                Columns.vector(row, "velx", "vely", "velz"),
                Covariance.of(
                        Columns.vector(row, "velx_sigma", "vely_sigma", "velz_sigma"),
                        row.getDouble("vel_rho_xy"),
                        row.getDouble("vel_rho_xz"),
                        row.getDouble("vel_rho_yz")),
                Columns.vector(
                        row,
                        "reference_position_x",
                        "reference_position_y",
                        "reference_position_z"),
                row.getObject("ref_epoch", LocalDateTime.class),
                row.getObject("start_epoch", LocalDateTime.class),
                row.getObject("end_epoch", LocalDateTime.class));
    }
}
