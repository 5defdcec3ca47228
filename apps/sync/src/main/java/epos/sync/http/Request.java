package epos.sync.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The first line of a request; nobody here needs its query or its header fields. */
public record Request(String method, String path) {
    public boolean isGet() {
        return method.equals("GET") || isHead();
    }

    public boolean isPost() {
        return method.equals("POST");
    }

    boolean isHead() {
        return method.equals("HEAD");
    }

    /** Reads the line; its characters are bytes. */
    static Request of(String line) throws Refused {
        String[] words = line.split(" ");
        if (words.length != 3 || !words[2].startsWith("HTTP/1.") || !words[1].startsWith("/")) {
            throw new Refused(400, "this is no request of HTTP/1.1");
        }
        String target = unquoted(words[1]);
        int question = target.indexOf('?');
        return new Request(words[0], question < 0 ? target : target.substring(0, question));
    }

    /** Reads percent-encoded UTF-8, without control characters and surrogates. */
    private static String unquoted(String text) throws Refused {
        byte[] bytes = new byte[text.length()];
        int length = 0;
        for (int at = 0; at < text.length(); at++) {
            int code = text.charAt(at);
            if (code == '%') {
                int high = at + 2 < text.length() ? Character.digit(text.charAt(at + 1), 16) : -1;
                int low = high < 0 ? -1 : Character.digit(text.charAt(at + 2), 16);
                code = low < 0 ? 0 : 16 * high + low;
                at += 2;
            }
            if (code < ' ' || code == 0x7f) {
                throw unreadable();
            }
            bytes[length++] = (byte) code;
        }
        try {
            ByteBuffer found = ByteBuffer.wrap(bytes, 0, length);
            return StandardCharsets.UTF_8.newDecoder().decode(found).toString();
        } catch (CharacterCodingException wrong) {
            throw unreadable();
        }
    }

    private static Refused unreadable() {
        return new Refused(
                400, "path and query: expected UTF-8 without control characters, as %XX");
    }
}
