package epos.glass.http;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.stream.JsonWriter;
import epos.glass.geodesy.Place;
import epos.glass.geodesy.Vector;
import epos.glass.model.Coordinates;
import epos.glass.model.Displacement;
import epos.glass.model.Estimate;
import epos.glass.model.Offset;
import epos.glass.model.Written;
import epos.glass.query.Series;
import epos.glass.query.SeriesFilter;
import epos.glass.query.Span;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Answers a request with a time series, along the axes and in the format it asks for.
 *
 * @param withoutOffsets whether the series is wanted without its jumps
 */
record SeriesAnswer(Series series, boolean withoutOffsets, HttpServletResponse response) {

    /** axes: xyz of the earth, or enu from the reference position. */
    void write(List<SeriesFilter> wanted, Span span, String axes, String format)
            throws IOException {
        boolean local = isLocal(axes);
        switch (format) {
            case "json" -> json(find(wanted), span, local);
            case "xml" -> xml(find(wanted), span, local);
            case "pbo", "covjson", "midas" -> file(find(wanted), span, local, format);
            default ->
                    throw new BadRequest(
                            "format '" + format + "': use json, xml, midas, pbo or covjson");
        }
    }

    static boolean isLocal(String axes) {
        return switch (axes) {
            case "enu" -> true;
            case "xyz" -> false;
            default -> throw new BadRequest("axes '" + axes + "': use enu or xyz");
        };
    }

    private Optional<Series.Found> find(List<SeriesFilter> wanted) throws IOException {
        Optional<Series.Found> found = series.find(wanted);
        return withoutOffsets && found.isPresent()
                ? Optional.of(series.withoutOffsets(found.get()))
                : found;
    }

    private void file(Optional<Series.Found> found, Span span, boolean local, String format)
            throws IOException {
        if (found.isEmpty()) {
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
            return;
        }
        Answer.Source<Estimate> source = sink -> series.each(found.get(), span, sink);
        Vector reference = found.get().reference();
        switch (format) {
            case "pbo" -> Pbo.series(response, found.get().solution(), reference, source);
            case "covjson" -> CovJson.write(response, reference, local, source);
            default -> Midas.write(response, found.get().solution(), reference, local, source);
        }
    }

    /** {"marker_long_name": …, "results": [{"epoch": …}, …]} */
    private void json(Optional<Series.Found> found, Span span, boolean local) throws IOException {
        JsonWriter writer = Json.FULL.newJsonWriter(Body.begin(response, "application/json"));
        writer.beginObject();
        for (Map.Entry<String, JsonElement> member : head(found).entrySet()) {
            writer.name(member.getKey());
            Json.FULL.toJson(member.getValue(), writer);
        }
        writer.name("results").beginArray();
        rows(found, span, local).to(row -> Json.FULL.toJson(row, row.getClass(), writer));
        writer.endArray().endObject();
        writer.flush();
    }

    private void xml(Optional<Series.Found> found, Span span, boolean local) throws IOException {
        Xml.write(
                response, Json.FULL, "timeseries", head(found), "result", rows(found, span, local));
    }

    private JsonObject head(Optional<Series.Found> found) {
        if (found.isEmpty()) {
            return new JsonObject();
        }
        JsonObject head = Json.FULL.toJsonTree(found.get().solution()).getAsJsonObject();
        head.add("reference_position", Json.FULL.toJsonTree(found.get().reference()));
        head.addProperty("unit", "m");
        if (withoutOffsets) {
            head.add("offsets", Json.FULL.toJsonTree(removed(found.get())));
        }
        return head;
    }

    /** A jump as the API gives it. */
    private record Removed(String epoch, double dx, double dy, double dz) {}

    private static List<Removed> removed(Series.Found found) {
        return found.removed().stream().map(SeriesAnswer::removed).toList();
    }

    private static Removed removed(Offset offset) {
        return new Removed(
                Written.time(offset.epoch()),
                Written.length(offset.step().x()),
                Written.length(offset.step().y()),
                Written.length(offset.step().z()));
    }

    private Answer.Source<Object> rows(
            Optional<Series.Found> found, Span span, boolean local) {
        if (found.isEmpty()) {
            return sink -> {};
        }
        if (!local) {
            return sink -> series.each(found.get(), span, one -> sink.accept(Coordinates.of(one)));
        }
        Vector reference = found.get().reference();
        Place place = new Place(reference);
        return sink ->
                series.each(
                        found.get(),
                        span,
                        one -> sink.accept(Displacement.of(one, reference, place)));
    }
}
