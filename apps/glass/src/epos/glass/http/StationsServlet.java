package epos.glass.http;

import epos.glass.query.Lists;
import epos.glass.query.Stations;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;

/** stations/v2/…: see README.md for the routes. */
public final class StationsServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

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
            list(path.get(1), Parameters.of(request, Known.of("format")), response);
        } else if (path.size() == 6 && path.subList(0, 2).equals(List.of("station", "bbox"))) {
            Parameters given = Parameters.of(request, StationQuery.BBOX);
            String format = given.text("format").orElse("geojson");
            answer.write(StationQuery.bbox(path.subList(2, 6), given), "short", format);
        } else if (path.size() == 4 && path.subList(0, 2).equals(List.of("station", "geojson"))) {
            Parameters.of(request, Known.NOTHING);
            answer.write(List.of(Polygon.ofGeoJson(path.get(3))), "short", path.get(2));
        } else if (path.size() == 3 || path.size() == 4) {
            int last = path.size() - 1;
            List<String> asked = path.subList(0, last - 1);
            Parameters given = Parameters.of(request, StationQuery.known(asked));
            answer.write(StationQuery.of(asked, given), path.get(last - 1), path.get(last));
        } else {
            throw new NotFound("no such resource: " + request.getRequestURI());
        }
    }

    private void list(String kind, Parameters parameters, HttpServletResponse response)
            throws IOException {
        if (!Lists.kinds().contains(kind)) {
            throw new BadRequest("list '" + kind + "': use one of " + Lists.kinds());
        }
        String format = parameters.text("format").orElse("json");
        if (!format.equals("json")) {
            throw new BadRequest("format '" + format + "': use json");
        }
        Answer.<String>json(response, Json.FULL, sink -> lists.each(kind, sink));
    }
}
