package epos.sync.http;

import java.nio.charset.StandardCharsets;

/**
 * An answer as it goes over the wire.
 *
 * @param headOnly whether the body is left out, though its length is told
 */
record Message(Answer answer, boolean headOnly) {
    byte[] bytes() {
        byte[] body = answer.json().concat("\n").getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder(256);
        head.append("HTTP/1.1 ").append(answer.status()).append(' ').append(answer.reason());
        field(head, "Content-Type", "application/json; charset=utf-8");
        field(head, "X-Content-Type-Options", "nosniff");
        field(head, "Content-Length", Integer.toString(body.length));
        field(head, "Connection", "close");
        if (answer.allow() != null) {
            field(head, "Allow", answer.allow());
        }
        if (answer.status() == 503) {
            field(head, "Retry-After", "5"); // s
        }
        byte[] start = head.append("\r\n\r\n").toString().getBytes(StandardCharsets.US_ASCII);
        return headOnly ? start : joined(start, body);
    }

    private static void field(StringBuilder head, String name, String value) {
        head.append("\r\n").append(name).append(": ").append(value);
    }

    private static byte[] joined(byte[] one, byte[] other) {
        byte[] both = new byte[one.length + other.length];
        System.arraycopy(one, 0, both, 0, one.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }
}
