package epos.glass.http;

import com.google.gson.Gson;
import com.google.gson.stream.JsonWriter;
import epos.glass.model.Tabular;
import epos.glass.query.Sink;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Writer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Writes records while they are read, as a JSON array, as CSV or as lines of text. */
final class Answer {
    private static final Pattern LINE_BREAK = Pattern.compile("\\R");

    private Answer() {}

    /** Hands records to a sink. */
    @FunctionalInterface
    interface Source<T> {
        void to(Sink<T> sink) throws IOException;
    }

    static <T> void json(HttpServletResponse response, Gson gson, Source<T> source)
            throws IOException {
        JsonWriter writer = gson.newJsonWriter(Body.begin(response, "application/json"));
        writer.beginArray();
        source.to(one -> gson.toJson(one, one.getClass(), writer));
        writer.endArray();
        writer.flush();
    }

    static <T extends Tabular> void csv(
            HttpServletResponse response, String header, Source<T> source) throws IOException {
        Writer writer = Body.begin(response, "text/csv");
        writer.append(header).append('\n');
        source.to(
                one ->
                        writer.append(
                                        one.cells().stream()
                                                .map(Answer::cell)
                                                .collect(Collectors.joining(",")))
                                .append('\n'));
        writer.flush();
    }

    /** A line each; what would break a line becomes a blank. */
    static void lines(HttpServletResponse response, Source<String> source) throws IOException {
        Writer writer = Body.begin(response, "text/plain");
        source.to(one -> writer.append(LINE_BREAK.matcher(one).replaceAll(" ")).append('\n'));
        writer.flush();
    }

    /** Quoted where it must be (RFC 4180); unknown is empty. */
    private static String cell(Object value) {
        String text = value == null ? "" : value.toString();
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
