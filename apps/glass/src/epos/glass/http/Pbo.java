package epos.glass.http;

import epos.glass.geodesy.Covariance;
import epos.glass.geodesy.Place;
import epos.glass.geodesy.Plate;
import epos.glass.geodesy.Vector;
import epos.glass.model.Estimate;
import epos.glass.model.Motion;
import epos.glass.model.Solution;
import epos.glass.model.Velocity;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Writer;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Writes time series (.pos) and velocities (.vel) as the Plate Boundary Observatory did. */
final class Pbo {
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("uuuuMMdd HHmmss");
    private static final DateTimeFormatter MOMENT = DateTimeFormatter.ofPattern("uuuuMMddHHmmss");
    private static final String SERIES_COLUMNS =
            "*YYYYMMDD HHMMSS JJJJJ.JJJJ         X             Y             Z            Sx"
                    + "        Sy       Sz     Rxy   Rxz    Ryz            NLat         Elong"
                    + "         Height         dN        dE        dU         Sn       Se       Su"
                    + "      Rne    Rnu    Reu  Soln\n";
    private static final String VELOCITY_COLUMNS =
            "*Dot#     Name           Ref_epoch      Ref_jday      Ref_X          Ref_Y"
                    + "           Ref_Z         Ref_Nlat       Ref_Elong      Ref_Up    dX/dt"
                    + "    dY/dt   dZ/dt    SXd     SYd     SZd    Rxy    Rxz    Ryz      dN/dt"
                    + "     dE/dt    dU/dt   SNd     SEd     SUd     Rne    Rnu    Reu"
                    + "   first_epoch    last_epoch\n";

    private Pbo() {}

    /** A line an epoch; displacements are north, east, up here. */
    static void series(
            HttpServletResponse response,
            Solution solution,
            Vector reference,
            Answer.Source<Estimate> source)
            throws IOException {
        Writer writer = begin(response, solution.marker() + ".pos");
        Place place = new Place(reference);
        writer.append(
                """
                %%Begin EPOS metadata
                9-character ID: %s
                Analysis Centre: %s
                Software: %s
                Reference Frame: %s
                Sampling-period: %s
                Release-Number: %s
                OTL-model: %s
                Antenna-model: %s
                Cut-off angle: %s
                %%End EPOS metadata
                PBO Station Position Time Series. Reference Frame : %s
                Format Version: 1.1.0
                4-character ID: %s
                Station name  : %s
                """
                        .formatted(
                                solution.markerLongName(),
                                solution.analysisCenter(),
                                known(solution.software()),
                                solution.referenceFrame(),
                                solution.samplingPeriod(),
                                known(solution.version()),
                                known(solution.otlModel()),
                                known(solution.antennaModel()),
                                known(solution.cutOfAngle()),
                                solution.referenceFrame(),
                                solution.marker(),
                                solution.stationName().strip()));
        writer.append(
                String.format(
                        Locale.ROOT,
                        "XYZ Reference position :  %15.5f %15.5f %15.5f (%s)%n"
                                + "NEU Reference position :  %15.10f %15.10f %10.5f (%s/WGS84)%n%s",
                        reference.x(),
                        reference.y(),
                        reference.z(),
                        solution.referenceFrame(),
                        place.latitude(),
                        east(place),
                        place.height(),
                        solution.referenceFrame(),
                        SERIES_COLUMNS));
        source.to(one -> writer.append(line(one, reference, place)));
        writer.flush();
    }

    private static String line(Estimate one, Vector reference, Place place) {
        Vector at = one.position();
        Place now = new Place(at);
        Vector off = place.local(at.minus(reference));
        Covariance local = place.local(one.covariance());
        Vector sigmas = one.covariance().sigmas();
        Vector correlations = one.covariance().correlations();
        Vector localSigmas = local.sigmas();
        Vector localCorrelations = local.correlations(); // east-north, east-up, north-up
        return String.format(
                Locale.ROOT,
                " %s %10.4f %14.5f %14.5f %14.5f %8.5f %8.5f %8.5f %6.3f %6.3f %6.3f"
                        + "     %14.10f  %15.10f %10.5f  %10.5f%10.5f%10.5f   %8.5f %8.5f %8.5f"
                        + " %6.3f %6.3f %6.3f %s%n",
                one.epoch().format(DAY),
                Epochs.mjd(one.epoch()),
                at.x(), at.y(), at.z(),
                sigmas.x(), sigmas.y(), sigmas.z(),
                correlations.x(), correlations.y(), correlations.z(),
                now.latitude(), east(now), now.height(),
                off.y(), off.x(), off.z(),
                localSigmas.y(), localSigmas.x(), localSigmas.z(),
                localCorrelations.x(), localCorrelations.z(), localCorrelations.y(),
                one.outlier() ? "outlier" : "final");
    }

    /** A line a station; plate may be null. */
    static void velocities(
            HttpServletResponse response, Plate plate, Answer.Source<Motion> source)
            throws IOException {
        Writer writer = begin(response, "stations.vel");
        writer.append("PBO Velocity file. Relative to: ")
                .append(plate == null ? "the reference frame" : plate.name())
                .append("\nFormat Version: 1.1.0\n")
                .append(VELOCITY_COLUMNS);
        source.to(one -> writer.append(line(one, plate)));
        writer.flush();
    }

    private static String line(Motion one, Plate plate) {
        Vector at = one.position();
        Place place = new Place(at);
        Vector moved = Velocity.relative(one, plate);
        Vector local = place.local(moved);
        Covariance localOf = place.local(one.velocityCovariance());
        Vector sigmas = one.velocityCovariance().sigmas();
        Vector correlations = one.velocityCovariance().correlations();
        Vector localSigmas = localOf.sigmas();
        Vector localCorrelations = localOf.correlations();
        return String.format(
                Locale.ROOT,
                " %-9s %-16s %s %10.4f %14.5f %14.5f %14.5f %14.10f %14.10f %10.5f"
                        + " %8.5f %8.5f %8.5f %8.5f %8.5f %8.5f %6.3f %6.3f %6.3f"
                        + " %8.5f %8.5f %8.5f %8.5f %8.5f %8.5f %6.3f %6.3f %6.3f %s %s%n",
                one.markerLongName(),
                one.stationName().strip().replace(' ', '_'),
                one.refEpoch().format(MOMENT),
                Epochs.mjd(one.refEpoch()),
                at.x(), at.y(), at.z(),
                place.latitude(), east(place), place.height(),
                moved.x(), moved.y(), moved.z(),
                sigmas.x(), sigmas.y(), sigmas.z(),
                correlations.x(), correlations.y(), correlations.z(),
                local.y(), local.x(), local.z(),
                localSigmas.y(), localSigmas.x(), localSigmas.z(),
                localCorrelations.x(), localCorrelations.z(), localCorrelations.y(),
                moment(one.startEpoch()),
                moment(one.endEpoch()));
    }

    private static Writer begin(HttpServletResponse response, String name) throws IOException {
        response.setHeader("Content-Disposition", "inline; filename=\"" + name + '"');
        return Body.begin(response, "text/plain");
    }

    /** Longitude from 0 to 360 degrees, as these files have it. */
    private static double east(Place place) {
        return place.longitude() < 0 ? place.longitude() + 360 : place.longitude();
    }

    private static String moment(LocalDateTime time) {
        return time == null ? "00000000000000" : time.format(MOMENT);
    }

    private static String known(Object value) {
        return value == null ? "" : value.toString();
    }
}
