package epos.glass.http;

import epos.glass.geodesy.Place;
import epos.glass.model.Displacement;
import epos.glass.model.Estimate;
import epos.glass.model.Solution;
import epos.glass.geodesy.Vector;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Writer;
import java.util.Locale;

/** Writes a series as MIDAS, the estimator of velocities, reads it: marker, year, e, n, u in m. */
final class Midas {
    private Midas() {}

    static void write(
            HttpServletResponse response,
            Solution solution,
            Vector reference,
            Answer.Source<Estimate> source)
            throws IOException {
        response.setContentType("text/plain");
        response.setCharacterEncoding("UTF-8");
        Writer writer = response.getWriter();
        Place place = new Place(reference);
        source.to(
                one -> {
                    Displacement off = Displacement.of(one, reference, place);
                    writer.append(
                            String.format(
                                    Locale.ROOT,
                                    "%s %.6f %.5f %.5f %.5f%n",
                                    solution.marker(),
                                    Epochs.year(one.epoch()),
                                    off.de(),
                                    off.dn(),
                                    off.du()));
                });
        writer.flush();
    }
}
