package epos.glass.http;

import epos.glass.geodesy.Place;
import epos.glass.geodesy.Vector;
import epos.glass.model.Estimate;
import epos.glass.model.Solution;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Writer;
import java.util.Locale;

/**
 * Writes a series as MIDAS, the estimator of velocities, reads it: marker, year, and three components
 * in m from the reference position, to the east, north and up or along x, y, z of the earth.
 */
final class Midas {
    private Midas() {}

    static void write(
            HttpServletResponse response,
            Solution solution,
            Vector reference,
            boolean local,
            Answer.Source<Estimate> source)
            throws IOException {
        Writer writer = Body.begin(response, "text/plain");
        Place place = new Place(reference);
        source.to(
                one -> {
                    Vector moved = one.position().minus(reference);
                    Vector off = local ? place.local(moved) : moved;
                    writer.append(
                            String.format(
                                    Locale.ROOT,
                                    "%s %.6f %.5f %.5f %.5f%n",
                                    solution.marker(),
                                    Epochs.year(one.epoch()),
                                    off.x(),
                                    off.y(),
                                    off.z()));
                });
        writer.flush();
    }
}
