package epos.glass.http;

import epos.glass.query.Lists;
import epos.glass.query.Page;
import epos.glass.query.StationFilter;
import epos.glass.query.Stations;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;

/** stations/v2/…: see README.md for the routes. */
public final class StationsServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private static final Known LIST = Known.of("format").and(Known.NUMBERED);
    private static final Known STATION_LIST = Known.of("marker", "markerlongname");

    private final transient Stations stations;
    private final transient Lists lists;

    public StationsServlet(Stations stations, Lists lists) {
        this.stations = stations;
        this.lists = lists;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        List<String> path = Parameters.path(request);
        StationAnswer answer = new StationAnswer(stations, request, response);
        if (path.size() == 2 && path.get(0).equals("list")) {
            list(path.get(1), request, response);
        } else if (path.size() == 6 && StationQuery.isBbox(path)) {
            Parameters given = Parameters.of(request, StationQuery.BBOX);
            String format = given.text("format").orElse("geojson");
            answer.write(StationQuery.bbox(path, given), given.page(), "short", format);
        } else if (path.size() == 4 && path.subList(0, 2).equals(List.of("station", "geojson"))) {
            Page page = Parameters.of(request, Known.PAGES).page();
            List<StationFilter> wanted = List.of(Polygon.ofGeoJson(path.get(3)));
            answer.write(wanted, page, "short", path.get(2));
        } else if (path.size() == 3 || path.size() == 4) {
            int last = path.size() - 1;
            List<String> asked = path.subList(0, last - 1);
            Parameters given = Parameters.of(request, StationQuery.known(asked).and(Known.PAGES));
            List<StationFilter> wanted = StationQuery.of(asked, given);
            answer.write(wanted, given.page(), path.get(last - 1), path.get(last));
        } else {
            throw new NotFound("no such resource: " + request.getRequestURI());
        }
    }

    private void list(String kind, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (!Lists.kinds().contains(kind)) {
            throw new BadRequest("list '" + kind + "': use one of " + Lists.kinds());
        }
        Known known = kind.equals("station") ? LIST.and(STATION_LIST) : LIST;
        Parameters given = Parameters.of(request, known);
        List<StationFilter> wanted =
                STATION_LIST.names().stream()
                        .flatMap(name -> given.text(name).stream())
                        .map(Parameters::values)
                        .map(StationFilter::markers)
                        .toList();
        Page page = given.page();
        String format = given.text("format").orElse("json");
        switch (format) {
            case "json" ->
                    Answer.json(
                            response,
                            Json.FULL,
                            sink -> lists.each(kind, wanted, page, one -> sink.accept(one.facts())));
            case "list" ->
                    Answer.lines(
                            response,
                            sink -> lists.each(kind, wanted, page, one -> sink.accept(one.name())));
            default -> throw new BadRequest("format '" + format + "': use json or list");
        }
    }
}
