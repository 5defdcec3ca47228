package epos.sync.database;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * PostgreSQL's messages over a connection: a type, a length, a content. Those that are sent are
 * gathered until `flush`. Source: PostgreSQL's documentation, "Frontend/Backend Protocol", 3.0.
 */
final class Wire {
    private static final int LARGEST = 1 << 26; // bytes of a message; a queue's entries have 100 kB

    private final DataInputStream input;
    private final OutputStream output;
    private byte[] pending = new byte[8192];
    private int length;
    private int start; // of the length of the message under way
    private byte[] received = new byte[0];
    private int at;

    Wire(Socket socket) throws IOException {
        input = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 16384));
        output = socket.getOutputStream();
    }

    /** Begins a message; type 0 is the first one, which has none. */
    Wire begin(int type) {
        if (type != 0) {
            room(1)[length++] = (byte) type;
        }
        start = length;
        return number(0);
    }

    Wire number(int value) {
        byte[] bytes = room(4);
        for (int shift = 24; shift >= 0; shift -= 8) {
            bytes[length++] = (byte) (value >> shift);
        }
        return this;
    }

    Wire small(int value) {
        byte[] bytes = room(2);
        bytes[length++] = (byte) (value >> 8);
        bytes[length++] = (byte) value;
        return this;
    }

    Wire text(String value) {
        raw(value.getBytes(StandardCharsets.UTF_8));
        room(1)[length++] = 0;
        return this;
    }

    Wire raw(byte[] bytes) {
        System.arraycopy(bytes, 0, room(bytes.length), length, bytes.length);
        length += bytes.length;
        return this;
    }

    void end() {
        int size = length - start;
        for (int place = 3; place >= 0; place--, size >>= 8) {
            pending[start + place] = (byte) size;
        }
    }

    void flush() throws IOException {
        output.write(pending, 0, length);
        output.flush();
        length = 0;
    }

    private byte[] room(int size) {
        if (length + size > pending.length) {
            pending = Arrays.copyOf(pending, Math.max(2 * pending.length, length + size));
        }
        return pending;
    }

    /** Reads the one byte that answers a wish for encryption. */
    int answer() throws IOException {
        return input.read();
    }

    /** Gives how many bytes can be read without waiting. */
    int available() throws IOException {
        return input.available();
    }

    /** Reads a message; gives its type. */
    int next() throws IOException {
        int type = input.readByte();
        int size = input.readInt() - 4;
        if (size < 0 || size > LARGEST) {
            throw new EOFException("the other side is no PostgreSQL, or a message is too long");
        }
        received = new byte[size];
        input.readFully(received);
        at = 0;
        return type;
    }

    int letter() {
        return received[at++];
    }

    int number() {
        return (received[at++] & 255) << 24 | (received[at++] & 255) << 16 | small();
    }

    int small() {
        return (received[at++] & 255) << 8 | received[at++] & 255;
    }

    /** Reads a text that a zero ends. */
    String text() {
        int end = at;
        while (received[end] != 0) {
            end++;
        }
        String text = new String(received, at, end - at, StandardCharsets.UTF_8);
        at = end + 1;
        return text;
    }

    /** Reads a column of a row; null where it is null. */
    String column() {
        int size = number();
        return size < 0 ? null : new String(part(size), StandardCharsets.UTF_8);
    }

    byte[] rest() {
        return part(received.length - at);
    }

    private byte[] part(int size) {
        at += size;
        return Arrays.copyOfRange(received, at - size, at);
    }
}
