package epos.glass.query;

import java.util.List;

/** Which solutions of time series or velocities are asked for. */
public record SeriesFilter(Condition condition) {

    /** Solutions of the stations that a filter chooses. */
    public static SeriesFilter of(StationFilter stations) {
        return new SeriesFilter(stations.condition());
    }

    /** Analysis centres by abbreviation or name. */
    public static SeriesFilter analysisCenters(List<String> names) {
        List<String> lowered = Condition.lowered(names);
        return new SeriesFilter(
                Condition.of(
                        "(lower(a.abbreviation) = any(?) or lower(a.name) = any(?))",
                        lowered,
                        lowered));
    }

    public static SeriesFilter referenceFrames(List<String> names) {
        return lowered("lower(r.name) = any(?)", names);
    }

    /** daily, weekly. */
    public static SeriesFilter samplingPeriods(List<String> names) {
        return lowered("lower(p.sampling_period) = any(?)", names);
    }

    public static SeriesFilter otlModels(List<String> names) {
        return lowered("lower(p.otl_model) = any(?)", names);
    }

    public static SeriesFilter antennaModels(List<String> names) {
        return lowered("lower(p.antenna_model) = any(?)", names);
    }

    /** The angle in degrees below which nothing was used. */
    public static SeriesFilter cutOfAngle(double degrees) {
        return new SeriesFilter(Condition.of("p.cut_of_angle = ?", degrees));
    }

    private static SeriesFilter lowered(String sql, List<String> values) {
        return new SeriesFilter(Condition.of(sql, Condition.lowered(values)));
    }
}
