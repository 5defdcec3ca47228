package epos.glass.http;

import epos.glass.model.RinexFile;
import epos.glass.query.FileFilter;
import epos.glass.query.Files;
import epos.glass.query.Page;
import epos.glass.query.StationFilter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/** files/…: see README.md for the routes. */
public final class FilesServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Known ALWAYS = Known.of("filtervalidatedfiles").and(Known.PAGES);
    private static final Known EPOCH = Known.of("epoch_start", "epoch_end").and(ALWAYS);
    private static final Known INFO =
            Known.of("marker_long_name", "date_from", "date_to").and(ALWAYS);

    private final transient Files files;

    public FilesServlet(Files files) {
        this.files = files;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        List<String> path = Parameters.path(request);
        if (path.equals(List.of("info"))) {
            Parameters given = Parameters.of(request, INFO);
            answer(info(given), given, "json", response);
        } else if (path.size() == 3) {
            Parameters given = Parameters.of(request, EPOCH);
            List<FileFilter> wanted = new ArrayList<>(of(path.get(0), path.get(1)));
            given.day("epoch_start").map(FileFilter::from).ifPresent(wanted::add);
            given.day("epoch_end").map(FileFilter::until).ifPresent(wanted::add);
            answer(wanted, given, path.get(2), response);
        } else {
            throw new NotFound("no such resource: " + request.getRequestURI());
        }
    }

    private void answer(
            List<FileFilter> wanted, Parameters given, String format, HttpServletResponse response)
            throws IOException {
        List<FileFilter> all = new ArrayList<>(wanted);
        if (given.integer("filtervalidatedfiles", 0, 0, 1) == 1) {
            all.add(FileFilter.validated());
        }
        Page page = given.page();
        Answer.Source<RinexFile> source = sink -> files.each(all, page, sink);
        switch (format) {
            case "json" -> Answer.json(response, Json.FULL, source);
            case "csv" -> Answer.csv(response, RinexFile.CSV_HEADER, source);
            default -> throw new BadRequest("format '" + format + "': use json or csv");
        }
    }

    private static List<FileFilter> of(String type, String value) {
        List<String> values = Parameters.values(value);
        return switch (type) {
            case "station-marker" -> List.of(FileFilter.of(StationFilter.markers(values)));
            case "name" -> List.of(FileFilter.names(values));
            case "date_range" -> range(values);
            case "data_center_acronym" -> List.of(FileFilter.dataCenters(values));
            case "network" -> List.of(FileFilter.of(StationFilter.networks(values)));
            case "agency" -> List.of(FileFilter.of(StationFilter.agencies(values)));
            case "country" -> List.of(FileFilter.of(StationFilter.countries(values)));
            default ->
                    throw new BadRequest(
                            "'" + type + "': use station-marker, name, date_range, network,"
                                    + " agency, country or data_center_acronym");
        };
    }

    /** The first and the last day. */
    private static List<FileFilter> range(List<String> days) {
        if (days.size() != 2) {
            throw new BadRequest("date_range: give two days, such as 2018-05-13,2018-05-20");
        }
        LocalDate first = Parameters.day("date_range", days.get(0));
        LocalDate last = Parameters.day("date_range", days.get(1));
        if (last.isBefore(first)) {
            throw new BadRequest("date_range: " + last + " is before " + first);
        }
        return List.of(FileFilter.from(first), FileFilter.until(last));
    }

    private static List<FileFilter> info(Parameters given) {
        String markers =
                given.text("marker_long_name")
                        .orElseThrow(() -> new BadRequest("marker_long_name is missing"));
        List<FileFilter> all = new ArrayList<>();
        all.add(FileFilter.of(StationFilter.markers(Parameters.values(markers))));
        given.day("date_from").map(FileFilter::from).ifPresent(all::add);
        given.day("date_to").map(FileFilter::until).ifPresent(all::add);
        return all;
    }
}
