package epos.sync.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A request as it comes in. */
final class Incoming {
    private static final int LONGEST_HEAD = 8192; // bytes
    private static final long LONGEST_BODY = 1 << 20; // bytes that are read before it is refused
    private static final int USUAL_HEAD = 256;

    private byte[] head = new byte[USUAL_HEAD];
    private int length;
    private Request request; // null until the head is whole
    private long left; // of the body
    private final StringBuilder body = new StringBuilder(3); // what nobody needs: its beginning

    /** Takes more; gives the request when it is whole. */
    Request take(ByteBuffer more) throws Refused {
        while (request == null && more.hasRemaining()) {
            add(more.get());
        }
        if (request == null) {
            return null;
        }
        for (; left > 0 && more.hasRemaining(); left--) {
            byte one = more.get();
            if (body.length() < 3 && " \t\r\n".indexOf(one) < 0) {
                body.append((char) one);
            }
        }
        if (left > 0) {
            return null;
        }
        if (body.length() > 0 && !body.toString().equals("{}")) {
            throw new Refused(400, "expected no body, or {}: what is asked is in the path");
        }
        return request;
    }

    private void add(byte one) throws Refused {
        if (length == LONGEST_HEAD) {
            throw new Refused(400, "a request's head has at most " + LONGEST_HEAD + " bytes");
        }
        if (length == head.length) {
            byte[] longer = new byte[2 * length];
            System.arraycopy(head, 0, longer, 0, length);
            head = longer;
        }
        head[length++] = one;
        if (one == '\n' && length >= 4 && head[length - 3] == '\n') {
            understand(new String(head, 0, length, StandardCharsets.ISO_8859_1));
            head = null;
        }
    }

    private void understand(String text) throws Refused {
        String[] lines = text.split("\r\n");
        request = Request.of(lines.length > 0 ? lines[0] : "");
        String told = null;
        for (String line : lines) {
            if (line.regionMatches(true, 0, "Transfer-Encoding:", 0, 18)) {
                throw new Refused(400, "Transfer-Encoding is not understood; send Content-Length");
            }
            if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                if (told != null) {
                    throw noLength();
                }
                told = line.substring(15).strip();
            }
        }
        left = told == null ? 0 : number(told);
    }

    private static long number(String digits) throws Refused {
        long number = 0;
        for (int at = 0; at < digits.length(); at++) {
            int digit = digits.charAt(at) - '0';
            if (digit < 0 || digit > 9) {
                throw noLength();
            }
            number = Math.min(10 * number + digit, LONGEST_BODY + 1);
        }
        if (digits.isEmpty()) {
            throw noLength();
        }
        if (number > LONGEST_BODY) {
            throw new Refused(413, "a request's body has at most " + LONGEST_BODY + " bytes");
        }
        return number;
    }

    private static Refused noLength() {
        return new Refused(400, "Content-Length: expected one number of bytes");
    }
}
