package epos.glass.http;

import epos.glass.geodesy.Plate;
import epos.glass.query.SeriesFilter;
import epos.glass.query.Span;
import epos.glass.query.StationFilter;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads which products a path and its parameters ask for. */
final class ProductQuery {
    private static final Known METHOD = Known.of("analysis_center", "reference_frame");
    private static final Known PROCESSING =
            Known.of("otl_model", "antenna_model", "calibration_model", "cut_of_angle");
    private static final Known SPAN = Known.of("epoch_start", "epoch_end");

    /** What a time series may be asked with. */
    static final Known SERIES =
            Known.of("reference_frame", "remove_outliers", "apply_offsets", "file")
                    .and(PROCESSING)
                    .and(SPAN);

    static final Known VELOCITIES = Known.of("reference_frame", "tectonic_plate");
    static final Known STATIONS =
            Known.of("format", "coordinates_rectangle")
                    .and(METHOD)
                    .and(PROCESSING)
                    .and(SPAN)
                    .and(Known.RECTANGLE)
                    .and(Known.PAGES);

    private static final double RIGHT_ANGLE = 90;

    private ProductQuery() {}

    /** Solutions of stations by analysis centres; both may be comma lists, centers "all". */
    static List<SeriesFilter> of(String markers, String centers) {
        SeriesFilter of = SeriesFilter.of(StationFilter.markers(Parameters.values(markers)));
        return centers.equals("all")
                ? List.of(of)
                : List.of(of, SeriesFilter.analysisCenters(Parameters.values(centers)));
    }

    /** What the parameters say of a solution: who, in which frame. */
    static List<SeriesFilter> method(Parameters given) {
        List<SeriesFilter> all = new ArrayList<>();
        given.text("analysis_center")
                .map(Parameters::values)
                .map(SeriesFilter::analysisCenters)
                .ifPresent(all::add);
        given.text("reference_frame")
                .map(Parameters::values)
                .map(SeriesFilter::referenceFrames)
                .ifPresent(all::add);
        return all;
    }

    /** What they say of how it was made. The antenna model is the calibration model of later years. */
    static List<SeriesFilter> processing(Parameters given) {
        List<SeriesFilter> all = new ArrayList<>();
        given.text("otl_model")
                .map(Parameters::values)
                .map(SeriesFilter::otlModels)
                .ifPresent(all::add);
        for (String name : List.of("antenna_model", "calibration_model")) {
            given.text(name)
                    .map(Parameters::values)
                    .map(SeriesFilter::antennaModels)
                    .ifPresent(all::add);
        }
        given.read("cut_of_angle", ProductQuery::angle)
                .map(SeriesFilter::cutOfAngle)
                .ifPresent(all::add);
        return all;
    }

    /** epoch_start, epoch_end, remove_outliers. */
    static Span span(Parameters given) {
        LocalDate first = given.day("epoch_start").orElse(null);
        LocalDate last = given.day("epoch_end").orElse(null);
        if (first != null && last != null) {
            Days.between("epoch_end", first, last);
        }
        return new Span(first, last, given.integer("remove_outliers", 0, 0, 1) == 0);
    }

    /** min_lat to max_lon; coordinates_rectangle only leads them. */
    static Optional<StationFilter> rectangle(Parameters given) {
        return given.hasAnyOf(Known.RECTANGLE)
                ? Optional.of(Shape.openRectangle(given))
                : Optional.empty();
    }

    static Plate plate(String name, String value) {
        try {
            return Plate.named(value);
        } catch (IllegalArgumentException unknown) {
            throw new BadRequest(name + "=" + value + ": " + unknown.getMessage());
        }
    }

    private static double angle(String name, String value) {
        return Parameters.number(name, value, 0, RIGHT_ANGLE);
    }
}
