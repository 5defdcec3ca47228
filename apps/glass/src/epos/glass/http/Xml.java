package epos.glass.http;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Writer;
import java.util.Map;

/**
 * Writes records as XML while they are read, with the names of their JSON; a list's members are
 * each an "item", what is unknown is left out. By hand: the image has no XML library (assemble).
 */
final class Xml {
    private static final int NO_CHARACTER = 0xFFFD; // what stands for one that XML cannot hold

    private Xml() {}

    static <T> void write(
            HttpServletResponse response,
            Gson gson,
            String all,
            String each,
            Answer.Source<T> source)
            throws IOException {
        write(response, gson, all, new JsonObject(), each, source);
    }

    /** The same, led by the members of an object. */
    static <T> void write(
            HttpServletResponse response,
            Gson gson,
            String all,
            JsonObject head,
            String each,
            Answer.Source<T> source)
            throws IOException {
        Writer writer = Body.begin(response, "application/xml");
        writer.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + all + ">\n");
        for (Map.Entry<String, JsonElement> member : head.entrySet()) {
            element(writer, member.getKey(), member.getValue());
        }
        source.to(
                one -> {
                    element(writer, each, gson.toJsonTree(one));
                    writer.append('\n');
                });
        writer.append("</" + all + ">\n");
        writer.flush();
    }

    /** The name is one of ours, never text of the database. */
    private static void element(Writer writer, String name, JsonElement value) throws IOException {
        if (value.isJsonNull()) {
            return;
        }
        writer.append('<').append(name).append('>');
        if (value.isJsonObject()) {
            for (Map.Entry<String, JsonElement> member : value.getAsJsonObject().entrySet()) {
                element(writer, member.getKey(), member.getValue());
            }
        } else if (value.isJsonArray()) {
            for (JsonElement item : value.getAsJsonArray()) {
                element(writer, "item", item);
            }
        } else {
            writer.append(escaped(value.getAsString()));
        }
        writer.append("</").append(name).append('>');
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length());
        text.codePoints()
                .forEach(
                        one -> {
                            switch (one) {
                                case '&' -> escaped.append("&amp;");
                                case '<' -> escaped.append("&lt;");
                                case '>' -> escaped.append("&gt;");
                                case '\r' -> escaped.append("&#13;"); // else read as a newline
                                default -> escaped.appendCodePoint(allowed(one));
                            }
                        });
        return escaped.toString();
    }

    /** The character itself where XML 1.0 has it. */
    private static int allowed(int one) {
        boolean control = one < ' ' && one != '\t' && one != '\n';
        boolean halfPair = one >= Character.MIN_SURROGATE && one <= Character.MAX_SURROGATE;
        return control || halfPair || one == 0xFFFE || one == 0xFFFF ? NO_CHARACTER : one;
    }
}
