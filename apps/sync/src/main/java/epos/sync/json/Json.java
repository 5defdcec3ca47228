package epos.sync.json;

import java.util.List;
import java.util.Map;

/** Writes JSON: maps, lists, text, numbers, null. */
public final class Json {
    private Json() {}

    /** An object of one member. */
    public static String object(String name, String value) {
        StringBuilder json = new StringBuilder().append('{');
        quote(json, name);
        json.append(':');
        quote(json, value);
        return json.append('}').toString();
    }

    public static String of(Object value) {
        StringBuilder json = new StringBuilder();
        write(json, value);
        return json.toString();
    }

    private static void write(StringBuilder json, Object value) {
        if (value instanceof Map<?, ?> map) {
            write(json, map);
        } else if (value instanceof List<?> list) {
            write(json, list);
        } else if (value instanceof String text) {
            quote(json, text);
        } else {
            json.append(value); // numbers, true, false, null
        }
    }

    private static void write(StringBuilder json, Map<?, ?> map) {
        String separator = "{";
        for (Map.Entry<?, ?> member : map.entrySet()) {
            json.append(separator);
            quote(json, member.getKey().toString());
            json.append(':');
            write(json, member.getValue());
            separator = ",";
        }
        json.append(map.isEmpty() ? "{}" : "}");
    }

    private static void write(StringBuilder json, List<?> list) {
        String separator = "[";
        for (Object item : list) {
            json.append(separator);
            write(json, item);
            separator = ",";
        }
        json.append(list.isEmpty() ? "[]" : "]");
    }

    private static void quote(StringBuilder json, String text) {
        json.append('"');
        for (int at = 0; at < text.length(); at++) {
            char one = text.charAt(at);
            switch (one) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                default -> {
                    if (one < ' ') {
                        json.append(String.format("\\u%04x", (int) one));
                    } else {
                        json.append(one);
                    }
                }
            }
        }
        json.append('"');
    }
}
