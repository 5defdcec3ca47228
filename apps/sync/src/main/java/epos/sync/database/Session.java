package epos.sync.database;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A session with a database, by PostgreSQL's own protocol. The JDBC driver does the same and much
 * more: its first connection took four fifths of a synchronisation's processor time, most of it
 * for loading 1200 classes.
 */
public final class Session implements AutoCloseable {
    private final Socket socket;
    private final Wire wire;
    private final Map<String, String> prepared = new HashMap<>(); // by statement, its name
    private int statements;
    private boolean closed;

    Session(Socket socket, Wire wire) {
        this.socket = socket;
        this.wire = wire;
    }

    /**
     * Runs a statement with values for $1, $2, …; gives its rows, columns as text.
     *
     * @param values numbers, texts, null, or collections of these for arrays
     */
    public List<String[]> ask(String sql, Object... values) throws Refused {
        try {
            String name = prepared.get(sql);
            if (name == null) {
                name = "s" + ++statements;
                wire.begin('P').text(name).text(sql).small(0).end();
            }
            bind(name, values);
            wire.begin('E').text("").number(0).end();
            wire.begin('S').end();
            wire.flush();
            List<String[]> rows = rows();
            prepared.put(sql, name);
            return rows;
        } catch (IOException gone) {
            throw lost(gone);
        }
    }

    private void bind(String name, Object... values) throws IOException {
        wire.begin('B').text("").text(name).small(0).small(values.length);
        for (Object value : values) {
            if (value == null) {
                wire.number(-1);
                continue;
            }
            byte[] text = (value instanceof Collection<?> items ? array(items) : value.toString())
                    .getBytes(StandardCharsets.UTF_8);
            wire.number(text.length).raw(text);
        }
        wire.small(0).end();
    }

    /** {"a","b"}, as PostgreSQL reads arrays of any type. */
    private static String array(Collection<?> items) {
        StringBuilder text = new StringBuilder("{");
        for (Object item : items) {
            text.append(text.length() > 1 ? ",\"" : "\"");
            text.append(item.toString().replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
        }
        return text.append('}').toString();
    }

    /** Sends statements that are one transaction; `finish` says what became of them. */
    public void send(String sql) throws Refused {
        try {
            wire.begin('Q').text(sql).end();
            wire.flush();
        } catch (IOException gone) {
            throw lost(gone);
        }
    }

    /** Waits for the end of the earliest statements sent and not finished. */
    public void finish() throws Refused {
        try {
            rows();
        } catch (IOException gone) {
            throw lost(gone);
        }
    }

    /** Whether an answer has begun to arrive. */
    public boolean isAnswered() throws Refused {
        try {
            return wire.available() > 0;
        } catch (IOException gone) {
            throw lost(gone);
        }
    }

    public void run(String sql) throws Refused {
        send(sql);
        finish();
    }

    /** Reads everything up to where the server is ready again. */
    private List<String[]> rows() throws IOException, Refused {
        List<String[]> rows = new ArrayList<>();
        Refused refused = null;
        for (int type = wire.next(); type != 'Z'; type = wire.next()) {
            if (type == 'D') {
                rows.add(row());
            } else if (type == 'E') {
                refused = refusal(wire);
            } else if (type == 'G') { // copy from standard input: there is none
                wire.begin('f').text("no data for copy").end();
                wire.flush();
            }
        }
        if (refused != null) {
            throw refused;
        }
        return rows;
    }

    private String[] row() {
        String[] columns = new String[wire.small()];
        for (int at = 0; at < columns.length; at++) {
            columns[at] = wire.column();
        }
        return columns;
    }

    /** Reads an error: fields of a letter and a text. */
    static Refused refusal(Wire wire) {
        Map<Character, String> fields = new HashMap<>();
        for (int field = wire.letter(); field != 0; field = wire.letter()) {
            fields.put((char) field, wire.text());
        }
        return new Refused(fields.get('M'), fields.getOrDefault('C', ""), fields.get('D'));
    }

    private Refused lost(IOException gone) {
        System.err.println(gone);
        close();
        return new Refused("the connection was lost: " + gone.getMessage(), Refused.LOST, null);
    }

    public boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
        try (socket) {
            wire.begin('X').end();
            wire.flush();
        } catch (IOException gone) {
            // it is closed on the other side already
        }
    }
}
