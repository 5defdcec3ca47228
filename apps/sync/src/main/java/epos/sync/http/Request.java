package epos.sync.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The first line of a request; nobody here needs its header fields or its body. */
public record Request(String method, String path) {
    private static final int LONGEST_HEAD = 8192; // bytes
    private static final long LONGEST_BODY = 1 << 20; // bytes, thrown away

    public boolean isGet() {
        return method.equals("GET") || isHead();
    }

    public boolean isPost() {
        return method.equals("POST");
    }

    boolean isHead() {
        return method.equals("HEAD");
    }

    /** Reads a request to its end; null where it is none. */
    static Request read(InputStream input) throws IOException {
        String head = head(input);
        int end = head.indexOf("\r\n");
        if (end < 0) {
            return null;
        }
        String[] words = head.substring(0, end).split(" ");
        if (words.length != 3 || !words[2].startsWith("HTTP/1.") || !words[1].startsWith("/")) {
            return null;
        }
        input.skip(Math.min(bodyLength(head), LONGEST_BODY));
        int question = words[1].indexOf('?');
        return new Request(words[0], question < 0 ? words[1] : words[1].substring(0, question));
    }

    /** Everything to the empty line; "" where there is none. */
    private static String head(InputStream input) throws IOException {
        byte[] bytes = new byte[LONGEST_HEAD];
        int length = 0;
        for (int next = input.read(); next >= 0 && length < LONGEST_HEAD; next = input.read()) {
            bytes[length++] = (byte) next;
            if (next == '\n' && length >= 4 && bytes[length - 3] == '\n') {
                return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
            }
        }
        return "";
    }

    private static long bodyLength(String head) {
        for (String line : head.split("\r\n")) {
            if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                return number(line.substring(15).strip());
            }
        }
        return 0;
    }

    /** Of digits; anything else is 0. */
    private static long number(String digits) {
        long number = 0;
        for (int at = 0; at < digits.length(); at++) {
            int digit = digits.charAt(at) - '0';
            if (digit < 0 || digit > 9 || at > 9) {
                return 0;
            }
            number = 10 * number + digit;
        }
        return number;
    }
}
