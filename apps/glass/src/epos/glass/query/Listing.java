package epos.glass.query;

import epos.glass.database.Pool;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Lists records of a table in the order of a key, page by page. Which they are is chosen first, by
 * indexes that have the key; what is known of them is then read of those alone that are answered. So
 * a late page costs hardly more than the first, and everything begins as soon. A part of it is read
 * as a whole before it is written: who reads slowly, or leaves, keeps no connection from others.
 *
 * @param from the table and its alias, with those that a condition may name
 * @param alias of the table
 * @param columns what the key has before the id, which makes it unique
 */
record Listing(Pool pool, String from, String alias, List<String> columns) {
    private static final int FIRST_PART = 200; // records of everything: soon there
    private static final int LATER_PART = 2_000; // 300 kB of keys

    /**
     * How records are read by their ids.
     *
     * @param selected what, and from where
     * @param atOnce records that are held in memory together
     */
    record Reading<T>(String selected, int atOnce, Rows.Reader<T> reader) {}

    /** The records of a page for which a condition holds. */
    Chosen choose(Condition wanted, Page page) throws IOException {
        if (page.isEverything()) {
            return part(wanted, wanted, FIRST_PART, 0);
        }
        Condition all = page.after() == null ? wanted : wanted.and(behind(key(page.after())));
        return part(null, all, page.size(), page.offset());
    }

    /** Hands the records that were chosen on, in order. */
    <T> void each(Chosen chosen, Reading<T> reading, Sink<T> sink) throws IOException {
        for (Chosen part = chosen; part != null; part = following(part)) {
            for (Ids some : part.ids().inGroupsOf(reading.atOnce())) {
                for (T record : read(some, reading)) {
                    sink.accept(record);
                }
            }
        }
    }

    private <T> List<T> read(Ids ids, Reading<T> reading) throws IOException {
        String sql = reading.selected() + " where " + alias + ".id = any(?) order by " + key();
        List<T> records = new ArrayList<>();
        Rows.each(pool, sql, Condition.of("", ids), reading.reader(), records::add);
        return records;
    }

    /** What comes behind a part of everything; null where that was the last. */
    private Chosen following(Chosen part) throws IOException {
        return part.wanted() == null || part.last() == null
                ? null
                : part(part.wanted(), part.wanted().and(behind(part.last())), LATER_PART, 0);
    }

    /** So many records, and where they end if there are more. */
    private Chosen part(Condition wanted, Condition here, int size, long offset)
            throws IOException {
        Condition end = Condition.of(" limit ? offset ?", size + 1, offset);
        String sql =
                "select " + key() + " from " + from + " where " + here.sql() + " order by " + key();
        List<List<Object>> keys = new ArrayList<>();
        Rows.each(pool, sql + end.sql(), here.and(end), this::values, keys::add);
        int[] ids = keys.stream().limit(size).mapToInt(key -> (int) key.get(columns.size())).toArray();
        return new Chosen(new Ids(ids), keys.size() > size ? keys.get(size - 1) : null, wanted);
    }

    /** The key of a record. */
    private List<Object> key(int id) throws IOException {
        String sql = "select " + key() + " from " + from + " where " + alias + ".id = ?";
        List<List<Object>> found = new ArrayList<>();
        Rows.each(pool, sql, Condition.of("", id), this::values, found::add);
        if (found.isEmpty()) {
            throw new Gone(id);
        }
        return found.get(0);
    }

    private Condition behind(List<Object> key) {
        String gaps = key.stream().map(one -> "?").collect(Collectors.joining(", "));
        return Condition.of("(" + key() + ") > (" + gaps + ")", key.toArray());
    }

    private String key() {
        return alias + "." + String.join(", " + alias + ".", columns) + ", " + alias + ".id";
    }

    private List<Object> values(ResultSet row) throws SQLException {
        List<Object> values = new ArrayList<>();
        for (int column = 1; column <= columns.size() + 1; column++) {
            values.add(row.getObject(column));
        }
        return values;
    }
}
