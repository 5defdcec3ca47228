package epos.sync.http;

import epos.sync.json.Json;

/**
 * An answer.
 *
 * @param json the body
 * @param allow the methods that a resource has, where another was used; else null
 */
public record Answer(int status, String json, String allow) {
    public static Answer ok(String json) {
        return new Answer(200, json, null);
    }

    public static Answer error(int status, String message) {
        return new Answer(status, Json.object("error", message), null);
    }

    static Answer fault() {
        return error(500, "a fault in EPOS_Sync_System, see its console");
    }

    public static Answer notAllowed(String methods) {
        return new Answer(405, Json.object("error", "use " + methods), methods);
    }

    String reason() {
        return switch (status) {
            case 200 -> "OK";
            case 400 -> "Bad Request";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 408 -> "Request Timeout";
            case 409 -> "Conflict";
            case 413 -> "Content Too Large";
            case 503 -> "Service Unavailable";
            default -> "Internal Server Error";
        };
    }
}
