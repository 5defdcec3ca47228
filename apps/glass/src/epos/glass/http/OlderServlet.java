package epos.glass.http;

import epos.glass.query.FileFilter;
import epos.glass.query.Files;
import epos.glass.query.StationFilter;
import epos.glass.query.Stations;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;

/** stations/site/… and stations/files/…: what clients of the first version still ask, as JSON. */
public final class OlderServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private final transient Stations stations;
    private final transient Files files;

    public OlderServlet(Stations stations, Files files) {
        this.stations = stations;
        this.files = files;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        List<String> path = Parameters.path(request);
        if (path.size() == 2 && path.get(0).equals("site")) {
            List<StationFilter> wanted =
                    List.of(StationFilter.markers(Parameters.values(path.get(1))));
            new StationAnswer(stations, request, response)
                    .write(wanted, Parameters.of(request, Known.PAGES).page(), "full", "json");
        } else if (path.size() == 3 && path.get(0).equals("files")) {
            Parameters given = Parameters.of(request, FilesServlet.EPOCH);
            // date_range/FROM&TO
            List<FileFilter> wanted = FileQuery.of(path.get(1), path.get(2).replace('&', ','));
            new FileAnswer(files, request, response)
                    .write(FilesServlet.asked(wanted, given), given.page(), "json", false);
        } else {
            throw new NotFound("no such resource: " + request.getRequestURI());
        }
    }
}
