package epos.glass.http;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonWriter;
import epos.glass.model.Feature;
import epos.glass.model.Station;
import epos.glass.query.Chosen;
import epos.glass.query.Page;
import epos.glass.query.StationFilter;
import epos.glass.query.Stations;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;

/** Answers a request with the stations it asks for, in the size and format it asks for. */
record StationAnswer(
        Stations stations, HttpServletRequest request, HttpServletResponse response) {
    private static final List<String> FORMATS = List.of("json", "geojson", "xml", "csv");
    private static final JsonElement STYLES =
            JsonParser.parseString(
                    """
                    {"%s": {"label": "GNSS station", "marker":
                        {"character": "G", "pin": true, "clustering": true, "anchor": "S"}}}"""
                            .formatted(Feature.STYLE));

    void write(List<StationFilter> wanted, Page page, String size, String format)
            throws IOException {
        boolean full =
                switch (size) {
                    case "short" -> false;
                    case "full" -> true;
                    default -> throw new BadRequest("size '" + size + "': use short or full");
                };
        if (!FORMATS.contains(format)) {
            throw new BadRequest("format '" + format + "': use json, geojson, xml or csv");
        }
        Chosen chosen = stations.choose(wanted, page);
        NextPage.tell(request, response, chosen);
        Gson gson = full ? Json.FULL : Json.SHORT;
        Answer.Source<Station> source =
                sink -> {
                    if (full) {
                        stations.eachFull(chosen, sink);
                    } else {
                        stations.eachShort(chosen, sink);
                    }
                };
        switch (format) {
            case "json" -> Answer.json(response, gson, source);
            case "geojson" -> geojson(gson, source);
            case "csv" -> Answer.csv(response, Station.CSV_HEADER, source);
            default -> Xml.write(response, gson, "stations", "station", source);
        }
    }

    private void geojson(Gson gson, Answer.Source<Station> source) throws IOException {
        String base = base();
        JsonWriter writer = gson.newJsonWriter(Body.begin(response, "application/geo+json"));
        writer.beginObject().name("type").value("FeatureCollection").name("@epos_style");
        gson.toJson(STYLES, writer);
        writer.name("features").beginArray();
        source.to(station -> gson.toJson(Feature.of(station, base), Feature.class, writer));
        writer.endArray().endObject();
        writer.flush();
    }

    /** http://HOST/GlassFramework/webresources, as the client knows this host. */
    private String base() {
        String path = request.getRequestURI();
        StringBuffer all = request.getRequestURL();
        String host = all.substring(0, all.length() - path.length());
        return host + request.getServletPath().replace("/stations/v2", "");
    }
}
