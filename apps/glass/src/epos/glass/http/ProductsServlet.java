package epos.glass.http;

import com.google.gson.JsonObject;
import epos.glass.geodesy.Plate;
import epos.glass.model.Motion;
import epos.glass.model.Velocity;
import epos.glass.query.Choices;
import epos.glass.query.Page;
import epos.glass.query.Series;
import epos.glass.query.SeriesFilter;
import epos.glass.query.Span;
import epos.glass.query.StationFilter;
import epos.glass.query.Stations;
import epos.glass.query.Velocities;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** products/…: see README.md for the routes. */
public final class ProductsServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Set<String> PERIODS = Set.of("daily", "weekly");
    private static final Known TYPE = Known.of("type");
    private static final Known KINDS =
            Known.of(
                    "network", "analysisCenter", "referenceFrame", "otlModel", "antennaModel",
                    "samplingPeriod", "format");
    private static final List<String> TIMESERIES_FORMATS =
            List.of("covjson", "json", "midas", "pbo", "xml");
    private static final List<String> VELOCITY_FORMATS = List.of("json", "pbo", "xml");

    private final transient Series series;
    private final transient Velocities velocities;
    private final transient Choices choices;
    private final transient Stations stations;

    public ProductsServlet(
            Series series, Velocities velocities, Choices choices, Stations stations) {
        this.series = series;
        this.velocities = velocities;
        this.choices = choices;
        this.stations = stations;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        List<String> path = Parameters.path(request);
        String first = path.isEmpty() ? "" : path.get(0);
        int size = path.size();
        if (first.equals("attributes") && size == 2) {
            attributes(path.get(1), Parameters.of(request, TYPE), response);
        } else if (first.equals("stations") && size == 1) {
            stations(request, response);
        } else if (first.equals("timeseries") && (size == 5 || size == 6)) {
            timeseries(path, request, response);
        } else if (first.equals("coordinates") && (size == 5 || size == 6)) {
            coordinates(path, request, response);
        } else if (first.equals("velocities") && size == 6 && path.get(1).equals("file")) {
            velocityFile(path, Parameters.of(request, ProductQuery.VELOCITIES), response);
        } else if (first.equals("velocities") && size == 5) {
            velocities(path, Parameters.of(request, ProductQuery.VELOCITIES), response);
        } else {
            throw new NotFound("no such resource: " + request.getRequestURI());
        }
    }

    private void attributes(String given, Parameters parameters, HttpServletResponse response)
            throws IOException {
        String kind = KINDS.named("attribute", given);
        String type = parameters.text("type").orElse(null);
        if (type != null && !type.equals("timeseries") && !type.equals("velocities")) {
            throw new BadRequest("type '" + type + "': use timeseries or velocities");
        }
        if (kind.equals("format")) {
            boolean ofVelocities = "velocities".equals(type);
            Json.write(response, ofVelocities ? VELOCITY_FORMATS : TIMESERIES_FORMATS);
        } else {
            Answer.<String>json(response, Json.FULL, sink -> choices.each(kind, type, sink));
        }
    }

    private void stations(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Parameters given = Parameters.of(request, ProductQuery.STATIONS);
        Span span = ProductQuery.span(given);
        List<StationFilter> wanted = new ArrayList<>();
        wanted.add(
                StationFilter.withProducts(
                        ProductQuery.method(given), ProductQuery.processing(given), span));
        ProductQuery.rectangle(given).ifPresent(wanted::add);
        Page page = given.page();
        new StationAnswer(stations, request, response)
                .write(wanted, page, "short", given.text("format").orElse("json"));
    }

    /** timeseries/SITE/CENTRE[/PERIOD]/AXES/FORMAT */
    private void timeseries(
            List<String> path, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Parameters given = Parameters.of(request, ProductQuery.SERIES);
        int size = path.size();
        boolean withoutOffsets = given.integer("apply_offsets", 0, 0, 1) == 1;
        new SeriesAnswer(series, withoutOffsets, response)
                .write(
                        wanted(path, given),
                        ProductQuery.span(given),
                        path.get(size - 2),
                        path.get(size - 1));
    }

    private void coordinates(
            List<String> path, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String format = path.get(path.size() - 1);
        if (!format.equals("json") && !format.equals("xml")) {
            throw new BadRequest("format '" + format + "': use json or xml");
        }
        timeseries(path, request, response);
    }

    private static List<SeriesFilter> wanted(List<String> path, Parameters given) {
        List<SeriesFilter> all = new ArrayList<>(ProductQuery.of(path.get(1), path.get(2)));
        all.addAll(ProductQuery.method(given));
        all.addAll(ProductQuery.processing(given));
        if (path.size() == 6) {
            String period = path.get(3);
            if (!PERIODS.contains(period)) {
                throw new BadRequest("sampling period '" + period + "': use daily or weekly");
            }
            all.add(SeriesFilter.samplingPeriods(List.of(period)));
        }
        return all;
    }

    /** velocities/STATION/CENTRE/AXES/FORMAT */
    private void velocities(List<String> path, Parameters given, HttpServletResponse response)
            throws IOException {
        boolean local = SeriesAnswer.isLocal(path.get(3));
        Plate plate = given.read("tectonic_plate", ProductQuery::plate).orElse(null);
        Answer.Source<Motion> motions = motions(path.get(1), path.get(2), given);
        Answer.Source<JsonObject> source =
                sink ->
                        motions.to(
                                motion ->
                                        sink.accept(
                                                merged(
                                                        Velocity.facts(motion, plate),
                                                        local
                                                                ? Velocity.local(motion, plate)
                                                                : Velocity.earth(motion, plate))));
        switch (path.get(4)) {
            case "json" -> Answer.json(response, Json.FULL, source);
            case "xml" -> Xml.write(response, Json.FULL, "velocities", "velocity", source);
            default -> throw new BadRequest("format '" + path.get(4) + "': use json or xml");
        }
    }

    /** velocities/file/STATION/CENTRE/AXES/pbo */
    private void velocityFile(List<String> path, Parameters given, HttpServletResponse response)
            throws IOException {
        SeriesAnswer.isLocal(path.get(4)); // the file has both
        if (!path.get(5).equals("pbo")) {
            throw new BadRequest("format '" + path.get(5) + "': use pbo");
        }
        Plate plate = given.read("tectonic_plate", ProductQuery::plate).orElse(null);
        Pbo.velocities(response, plate, motions(path.get(2), path.get(3), given));
    }

    private Answer.Source<Motion> motions(String markers, String centers, Parameters given) {
        List<SeriesFilter> wanted = new ArrayList<>(ProductQuery.of(markers, centers));
        wanted.addAll(ProductQuery.method(given));
        return sink -> velocities.each(wanted, sink);
    }

    private static JsonObject merged(Object first, Object second) {
        JsonObject all = Json.FULL.toJsonTree(first).getAsJsonObject();
        Json.FULL.toJsonTree(second).getAsJsonObject().entrySet()
                .forEach(member -> all.add(member.getKey(), member.getValue()));
        return all;
    }
}
