package epos.glass.query;

import epos.glass.database.Pool;
import epos.glass.geodesy.Covariance;
import epos.glass.geodesy.Vector;
import epos.glass.model.Estimate;
import epos.glass.model.Offset;
import epos.glass.model.Solution;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads time series of coordinates. */
public final class Series {
    /** What a series is of; the newest solution comes first. */
    private static final String FIND =
            """
            select s.id as station, m.id as method, p.id as parameters, s.name, s.marker,
                   %s as marker_long_name, a.abbreviation, r.name as frame, p.sampling_period,
                   m.software, m.version, m.doi, p.otl_model, p.antenna_model, p.cut_of_angle,
                   m.creation_date, f.reference_x, f.reference_y, f.reference_z
              from station s
              join lateral (select e.id_method_identification, e.id_processing_parameters,
                                   max(e.id_product_files) as id_product_files
                              from estimated_coordinates e where e.id_station = s.id
                             group by 1, 2) of_station on true
              join method_identification m on m.id = of_station.id_method_identification
              join processing_parameters p on p.id = of_station.id_processing_parameters
              join product_files f on f.id = of_station.id_product_files
              join analysis_centers a on a.id = m.id_analysis_centers
              join reference_frame r on r.id = m.id_reference_frame
            """
                    .formatted(Stations.LONG_NAME);

    private static final String ESTIMATES =
            """
            select e.epoch, e.x, e.y, e.z, e.var_xx, e.var_yy, e.var_zz, e.var_xy, e.var_xz,
                   e.var_yz, e.outlier
              from estimated_coordinates e
            """;

    private final Pool pool;

    public Series(Pool pool) {
        this.pool = pool;
    }

    /**
     * A series that was found, to be read by each.
     *
     * @param reference what its displacements are from: what the product says, else where it begins
     * @param removed jumps that its positions are given without
     */
    public record Found(
            Solution solution, Vector reference, Condition rows, List<Offset> removed) {}

    /** The newest solution for which everything asked for holds, daily before weekly. */
    public Optional<Found> find(List<SeriesFilter> wanted) throws IOException {
        Condition all = Condition.every(wanted.stream().map(SeriesFilter::condition).toList());
        String newest = " order by p.sampling_period, m.creation_date desc, m.id desc, s.id limit 1";
        List<Found> found = new ArrayList<>();
        Rows.each(pool, FIND + " where " + all.sql() + newest, all, Series::found, found::add);
        return found.isEmpty() ? Optional.empty() : Optional.of(withReference(found.get(0)));
    }

    /** The same series without its jumps: what follows one is moved to where it would go on. */
    public Found withoutOffsets(Found series) throws IOException {
        List<Object> key = series.rows().values(); // station, method, processing
        LocalDateTime begin = first(series).epoch();
        List<Offset> within =
                Offsets.of(pool, (int) key.get(0), (int) key.get(1)).stream()
                        .filter(offset -> offset.epoch().isAfter(begin))
                        .toList();
        return new Found(series.solution(), series.reference(), series.rows(), within);
    }

    /** Its estimates of a span, by epoch. */
    public void each(Found series, Span span, Sink<Estimate> sink) throws IOException {
        Condition all = series.rows().and(span.condition());
        String sql = ESTIMATES + " where " + all.sql() + " order by e.epoch";
        Rows.each(
                pool,
                sql,
                all,
                Series::estimate,
                estimate -> sink.accept(estimate.without(series.removed())));
    }

    private Found withReference(Found series) throws IOException {
        if (series.reference() != null) {
            return series;
        }
        Vector begin = first(series).position();
        return new Found(series.solution(), begin, series.rows(), series.removed());
    }

    private Estimate first(Found series) throws IOException {
        String sql = ESTIMATES + " where " + series.rows().sql() + " order by e.epoch limit 1";
        List<Estimate> first = new ArrayList<>();
        Rows.each(pool, sql, series.rows(), Series::estimate, first::add);
        return first.get(0);
    }

    private static Found found(ResultSet row) throws SQLException {
        return new Found(
                solution(row),
                row.getObject("reference_x") == null
                        ? null
                        : Columns.vector(row, "reference_x", "reference_y", "reference_z"),
                Condition.of(
                        "e.id_station = ? and e.id_method_identification = ?"
                                + " and e.id_processing_parameters = ?",
                        row.getInt("station"),
                        row.getInt("method"),
                        row.getInt("parameters")),
                List.of());
    }

    private static Solution solution(ResultSet row) throws SQLException {
        return new Solution(
                row.getString("marker_long_name"),
                row.getString("marker"),
                row.getString("name"),
                row.getString("abbreviation"),
                row.getString("frame"),
                row.getString("sampling_period"),
                row.getString("software"),
                row.getString("version"),
                row.getString("doi"),
                row.getString("otl_model"),
                row.getString("antenna_model"),
                row.getObject("cut_of_angle", Double.class),
                Columns.time(row, "creation_date"));
    }

    private static Estimate estimate(ResultSet row) throws SQLException {
        return new Estimate(
                row.getObject("epoch", LocalDateTime.class),
                Columns.vector(row, "x", "y", "z"),
                new Covariance(
                        row.getDouble("var_xx"),
                        row.getDouble("var_yy"),
                        row.getDouble("var_zz"),
                        row.getDouble("var_xy"),
                        row.getDouble("var_xz"),
                        row.getDouble("var_yz")),
                row.getBoolean("outlier"));
    }
}
