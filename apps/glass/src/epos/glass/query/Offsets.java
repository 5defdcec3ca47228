package epos.glass.query;

import epos.glass.database.Pool;
import epos.glass.geodesy.Vector;
import epos.glass.model.Offset;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads where a station's series jumps. An analysis centre says so by more than one velocity of a
 * station, each for epochs of its own: an earthquake or another antenna parts them.
 */
final class Offsets {
    private static final double SECONDS_A_YEAR = 365.25 * 86_400;
    private static final String PIECES =
            """
            select v.velx, v.vely, v.velz, v.reference_position_x, v.reference_position_y,
                   v.reference_position_z, v.ref_epoch, v.start_epoch
              from reference_position_velocities v
             where v.id_station = ? and v.id_method_identification = (
                   select m.id from method_identification m
                     join method_identification ours
                       on ours.id_analysis_centers = m.id_analysis_centers
                      and ours.id_reference_frame = m.id_reference_frame
                    where ours.id = ? and exists (
                          select from reference_position_velocities o
                           where o.id_station = v.id_station
                             and o.id_method_identification = m.id)
                    order by m.creation_date desc, m.id desc limit 1)
             order by v.start_epoch nulls first""";

    private Offsets() {}

    /** Where a station was at an epoch, and how it moved from a first epoch on. */
    private record Piece(
            LocalDateTime first, LocalDateTime epoch, Vector position, Vector velocity) {

        Vector at(LocalDateTime time) {
            double years = Duration.between(epoch, time).toSeconds() / SECONDS_A_YEAR;
            return position.plus(velocity.times(years));
        }
    }

    /** Of a station, by the newest velocities of the centre and frame of a series' method. */
    static List<Offset> of(Pool pool, int station, int method) throws IOException {
        List<Piece> pieces = new ArrayList<>();
        Rows.each(pool, PIECES, Condition.of("", station, method), Offsets::piece, pieces::add);
        List<Offset> all = new ArrayList<>();
        for (int next = 1; next < pieces.size(); next++) {
            LocalDateTime time = pieces.get(next).first();
            Vector step = pieces.get(next).at(time).minus(pieces.get(next - 1).at(time));
            all.add(new Offset(time, step));
        }
        return all;
    }

    private static Piece piece(ResultSet row) throws SQLException {
        return new Piece(
                row.getObject("start_epoch", LocalDateTime.class),
                row.getObject("ref_epoch", LocalDateTime.class),
                Columns.vector(
                        row,
                        "reference_position_x",
                        "reference_position_y",
                        "reference_position_z"),
                Columns.vector(row, "velx", "vely", "velz"));
    }
}
