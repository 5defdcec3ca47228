package epos.glass.http;

import epos.glass.query.FileFilter;
import epos.glass.query.Files;
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
    static final Known EPOCH = Known.of("epoch_start", "epoch_end").and(ALWAYS);
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
        FileAnswer answer = new FileAnswer(files, request, response);
        if (path.equals(List.of("info"))) {
            Parameters given = Parameters.of(request, INFO);
            answer.info(asked(info(given), given), given.page());
        } else if (path.size() == 3) {
            Parameters given = Parameters.of(request, EPOCH);
            List<FileFilter> wanted = asked(FileQuery.of(path.get(0), path.get(1)), given);
            boolean qualified = path.get(0).equals("combinationT3");
            answer.write(wanted, given.page(), path.get(2), qualified);
        } else if (path.size() == 4 && path.get(0).equals("highrate")) {
            Parameters given = Parameters.of(request, EPOCH);
            List<FileFilter> wanted = asked(FileQuery.of(path.get(1), path.get(2)), given);
            wanted.add(FileFilter.highRate());
            answer.write(wanted, given.page(), path.get(3), false);
        } else {
            throw new NotFound("no such resource: " + request.getRequestURI());
        }
    }

    /** What a path asks for, and what the parameters behind it do. */
    static List<FileFilter> asked(List<FileFilter> ofPath, Parameters given) {
        List<FileFilter> all = new ArrayList<>(ofPath);
        given.day("epoch_start").map(FileFilter::from).ifPresent(all::add);
        given.day("epoch_end").map(FileFilter::until).ifPresent(all::add);
        if (given.integer("filtervalidatedfiles", 0, 0, 1) == 1) {
            all.add(FileFilter.validated());
        }
        return all;
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
