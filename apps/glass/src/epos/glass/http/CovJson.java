package epos.glass.http;

import com.google.gson.stream.JsonWriter;
import epos.glass.geodesy.Place;
import epos.glass.geodesy.Vector;
import epos.glass.model.Coordinates;
import epos.glass.model.Displacement;
import epos.glass.model.Estimate;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Writer;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a series as CoverageJSON 1.0, domain type PointSeries. It is held in memory: the format
 * wants each quantity in one piece; 30 years of days are some MB.
 */
final class CovJson {
    private static final Map<String, String> LOCAL = new LinkedHashMap<>();
    private static final Map<String, String> EARTH = new LinkedHashMap<>();

    static {
        LOCAL.put("de", "Displacement to the east");
        LOCAL.put("dn", "Displacement to the north");
        LOCAL.put("du", "Displacement upwards");
        LOCAL.put("se", "Standard deviation to the east");
        LOCAL.put("sn", "Standard deviation to the north");
        LOCAL.put("su", "Standard deviation upwards");
        EARTH.put("x", "X of the terrestrial frame");
        EARTH.put("y", "Y of the terrestrial frame");
        EARTH.put("z", "Z of the terrestrial frame");
        EARTH.put("sx", "Standard deviation of X");
        EARTH.put("sy", "Standard deviation of Y");
        EARTH.put("sz", "Standard deviation of Z");
    }

    private CovJson() {}

    static void write(
            HttpServletResponse response,
            Vector reference,
            boolean local,
            Answer.Source<Estimate> source)
            throws IOException {
        Place place = new Place(reference);
        List<LocalDateTime> epochs = new ArrayList<>();
        List<double[]> rows = new ArrayList<>();
        source.to(
                one -> {
                    epochs.add(one.epoch());
                    rows.add(
                            local
                                    ? numbers(Displacement.of(one, reference, place))
                                    : numbers(Coordinates.of(one)));
                });
        Writer body = Body.begin(response, "application/prs.coverage+json");
        JsonWriter writer = Json.FULL.newJsonWriter(body);
        Map<String, String> names = local ? LOCAL : EARTH;
        writer.beginObject().name("type").value("Coverage");
        domain(writer, place, epochs);
        parameters(writer, names);
        ranges(writer, names, rows);
        writer.endObject();
        writer.flush();
    }

    private static double[] numbers(Displacement off) {
        return new double[] {off.de(), off.dn(), off.du(), off.se(), off.sn(), off.su()};
    }

    private static double[] numbers(Coordinates at) {
        return new double[] {at.x(), at.y(), at.z(), at.sx(), at.sy(), at.sz()};
    }

    private static void domain(JsonWriter writer, Place place, List<LocalDateTime> epochs)
            throws IOException {
        writer.name("domain").beginObject().name("type").value("Domain");
        writer.name("domainType").value("PointSeries").name("axes").beginObject();
        axis(writer, "x").value(place.longitude()).endArray().endObject();
        axis(writer, "y").value(place.latitude()).endArray().endObject();
        axis(writer, "z").value(place.height()).endArray().endObject();
        axis(writer, "t");
        for (LocalDateTime epoch : epochs) {
            writer.value(epoch.toString().length() == 16 ? epoch + ":00Z" : epoch + "Z");
        }
        writer.endArray().endObject().endObject();
        writer.name("referencing").beginArray();
        Json.FULL.toJson(
                new Referencing(
                        List.of("y", "x", "z"),
                        Map.of(
                                "type", "GeographicCRS",
                                "id", "http://www.opengis.net/def/crs/EPSG/0/4979")),
                Referencing.class,
                writer);
        Json.FULL.toJson(
                new Referencing(
                        List.of("t"), Map.of("type", "TemporalRS", "calendar", "Gregorian")),
                Referencing.class,
                writer);
        writer.endArray().endObject();
    }

    private record Referencing(List<String> coordinates, Map<String, String> system) {}

    private static JsonWriter axis(JsonWriter writer, String name) throws IOException {
        return writer.name(name).beginObject().name("values").beginArray();
    }

    private static void parameters(JsonWriter writer, Map<String, String> names)
            throws IOException {
        writer.name("parameters").beginObject();
        for (Map.Entry<String, String> each : names.entrySet()) {
            writer.name(each.getKey()).beginObject().name("type").value("Parameter");
            writer.name("unit").beginObject().name("symbol").value("m").endObject();
            writer.name("observedProperty").beginObject().name("label").beginObject();
            writer.name("en").value(each.getValue()).endObject().endObject().endObject();
        }
        writer.endObject();
    }

    private static void ranges(JsonWriter writer, Map<String, String> names, List<double[]> rows)
            throws IOException {
        writer.name("ranges").beginObject();
        int column = 0;
        for (String name : names.keySet()) {
            writer.name(name).beginObject().name("type").value("NdArray");
            writer.name("dataType").value("float");
            writer.name("axisNames").beginArray().value("t").endArray();
            writer.name("shape").beginArray().value(rows.size()).endArray();
            writer.name("values").beginArray();
            for (double[] row : rows) {
                writer.value(row[column]);
            }
            writer.endArray().endObject();
            column++;
        }
        writer.endObject();
    }
}
