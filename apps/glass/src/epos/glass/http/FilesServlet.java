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
            List<FileFilter> wanted = new ArrayList<>(FileQuery.of(path.get(0), path.get(1)));
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
            case "xml" -> Xml.write(response, Json.FULL, "files", "file", source);
            case "script" -> Script.write(response, source);
            default ->
                    throw new BadRequest("format '" + format + "': use json, csv, xml or script");
        }
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
