package epos.glass.query;

import epos.glass.database.Pool;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Lists records of a table in the order of a key, page by page. Which they are is chosen first, by
 * indexes that have the key; what is known of them is then read of those alone that are answered,
 * some at a time. So a late page costs hardly more than the first, and everything begins as soon.
 *
 * @param from the table and its alias, with those that a condition may name
 * @param alias of the table
 * @param columns what the key has before the id, which makes it unique
 */
record Listing(Pool pool, String from, String alias, List<String> columns) {
    private static final int AT_ONCE = 200; // records that are read together

    /** How records are read by their ids: what is selected, from where, and into what. */
    record Reading<T>(String selected, Rows.Reader<T> reader) {}

    /** The records of a page for which a condition holds. */
    Chosen choose(Condition wanted, Page page) throws IOException {
        Condition all = page.after() == null ? wanted : wanted.and(following(page.after()));
        int size = page.isEverything() ? AT_ONCE : page.size();
        Condition limited = Condition.of(" limit ? offset ?", size + 1, page.offset());
        Ids ids = Rows.ids(pool, chosen(all) + limited.sql(), all.and(limited));
        if (ids.size() <= size) {
            return new Chosen(ids, null, null);
        }
        int last = ids.all()[size - 1];
        Condition rest = page.isEverything() ? wanted.and(following(last)) : null;
        return new Chosen(ids.first(size), last, rest);
    }

    /** Hands the records that were chosen on, in order. */
    <T> void each(Chosen chosen, Reading<T> reading, Sink<T> sink) throws IOException {
        pool.run(
                connection -> {
                    read(connection, chosen.ids(), reading, sink);
                    if (chosen.rest() != null) {
                        readRest(connection, chosen.rest(), reading, sink);
                    }
                });
    }

    private <T> void readRest(
            Connection connection, Condition rest, Reading<T> reading, Sink<T> sink)
            throws SQLException, IOException {
        try (PreparedStatement statement = connection.prepareStatement(chosen(rest))) {
            statement.setFetchSize(AT_ONCE);
            rest.bind(connection, statement);
            try (ResultSet rows = statement.executeQuery()) {
                int[] ids = new int[AT_ONCE];
                int count = 0;
                while (rows.next()) {
                    ids[count++] = rows.getInt(1);
                    if (count == AT_ONCE) {
                        read(connection, new Ids(ids), reading, sink);
                        count = 0;
                    }
                }
                read(connection, new Ids(ids).first(count), reading, sink);
            }
        }
    }

    private <T> void read(Connection connection, Ids ids, Reading<T> reading, Sink<T> sink)
            throws SQLException, IOException {
        if (ids.size() > 0) {
            String sql = reading.selected() + " where " + alias + ".id = any(?) order by " + key();
            Rows.each(connection, sql, Condition.of("", ids), reading.reader(), sink);
        }
    }

    private String chosen(Condition wanted) {
        return "select " + alias + ".id from " + from + " where " + wanted.sql() + " order by " + key();
    }

    private String key() {
        return alias + "." + String.join(", " + alias + ".", columns) + ", " + alias + ".id";
    }

    /** The records behind one of them. */
    private Condition following(int id) throws IOException {
        String sql = "select " + key() + " from " + from + " where " + alias + ".id = ?";
        List<List<Object>> found = new ArrayList<>();
        Rows.each(pool, sql, Condition.of("", id), this::values, found::add);
        if (found.isEmpty()) {
            throw new Gone(id);
        }
        String gaps = found.get(0).stream().map(one -> "?").collect(Collectors.joining(", "));
        return Condition.of("(" + key() + ") > (" + gaps + ")", found.get(0).toArray());
    }

    private List<Object> values(ResultSet row) throws SQLException {
        List<Object> values = new ArrayList<>();
        for (int column : IntStream.rangeClosed(1, columns.size() + 1).toArray()) {
            values.add(row.getObject(column));
        }
        return values;
    }
}
