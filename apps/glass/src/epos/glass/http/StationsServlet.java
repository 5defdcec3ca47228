package epos.glass.http;

import epos.glass.model.Station;
import epos.glass.query.Lists;
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
        if (path.size() == 2 && path.get(0).equals("list")) {
            list(path.get(1), Parameters.of(request, Known.of("format")), response);
        } else if (path.size() == 6 && path.get(0).equals("station") && path.get(1).equals("bbox")) {
            Parameters given = Parameters.of(request, Known.of("format"));
            String format = given.text("format").orElse("json");
            answer(StationQuery.bbox(path.subList(2, 6)), "short", format, response);
        } else if (path.size() == 3 || path.size() == 4) {
            int last = path.size() - 1;
            List<String> asked = path.subList(0, last - 1);
            Parameters given = Parameters.of(request, StationQuery.known(asked));
            answer(StationQuery.of(asked, given), path.get(last - 1), path.get(last), response);
        } else {
            throw new NotFound("no such resource: " + request.getRequestURI());
        }
    }

    private void answer(
            List<StationFilter> wanted, String size, String format, HttpServletResponse response)
            throws IOException {
        boolean full =
                switch (size) {
                    case "short" -> false;
                    case "full" -> true;
                    default -> throw new BadRequest("size '" + size + "': use short or full");
                };
        Answer.Source<Station> source =
                sink -> {
                    if (full) {
                        stations.eachFull(wanted, sink);
                    } else {
                        stations.eachShort(wanted, sink);
                    }
                };
        switch (format) {
            case "json" -> Answer.json(response, full ? Json.FULL : Json.SHORT, source);
            case "csv" -> Answer.csv(response, Station.CSV_HEADER, source);
            default -> throw new BadRequest("format '" + format + "': use json or csv");
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
