package epos.sync.carry;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * The node's tables queries and failed_queries, for one destination. A query is SQL that the
 * destination runs as one transaction; the first line of ours says of what it is.
 */
final class Queue {
    static final String OURS = "-- EPOS_Sync_System ";
    private static final String SAME_AS_GONE =
            " f.destiny = gone.destiny and (f.query = gone.query or gone.query like '" + OURS
                    + "%' and split_part(f.query, E'\\n', 1) = split_part(gone.query, E'\\n', 1))";
    private static final String GONE =
            "with gone as (delete from queries where id = ? returning query, destiny)";

    private final Connection node;
    private final int destiny;

    Queue(Connection node, int destiny) {
        this.node = node;
        this.destiny = destiny;
    }

    /** What stands in the queue. */
    record Entry(long id, String query) {
        boolean isOurs() {
            return query.startsWith(OURS);
        }

        /** The first line, without our mark: kind and natural key. */
        String what() {
            String line = query.lines().findFirst().orElse("");
            return isOurs() ? line.substring(OURS.length()) : line;
        }
    }

    /** Forgets what an interrupted run left: it may be out of date, and is found again. */
    void forgetOurs() throws SQLException {
        run("delete from queries where destiny = ? and query like ?", destiny, OURS + "%");
    }

    /** Queues structures or stations. */
    void add(Kind kind, Collection<Integer> ids) throws SQLException {
        String sql = "insert into queries (query, metadata, station_id, destiny)"
                + " select ? || key || E'\\n' || " + carrying("doc") + ", ?, "
                + (kind == Kind.STATION ? "id" : "null") + ", ? from (" + kind.read()
                + ") unit where id = any(?) order by id";
        run(sql, OURS + kind.label + " ", kind.carry(), kind.tier, destiny, array(ids));
    }

    /** Queues files, their reports or both: one query each, so one transaction. */
    void addFiles(String nodeJson, Collection<Integer> files, Collection<Integer> reports)
            throws SQLException {
        String sql = "insert into queries (query, metadata, station_id, destiny)"
                + " select ? || file.key || E'\\n' || 'select set_config(''epos.node'', '"
                + " || quote_literal(?) || ', true);' || E'\\n'"
                + " || case when file.id = any(?) then " + carrying("file.doc") + " else '' end"
                + " || case when file.id = any(?) then " + carrying(
                        "coalesce(report.doc, jsonb_build_object('name', file.name,"
                                + " 'relative_path', file.relative_path))")
                + " else '' end, case when file.id = any(?) then 'T2' else 'T3' end,"
                + " row.id_station, ? from (" + Kind.FILE.read() + ") file join ("
                + Kind.QUALITY.read() + ") report on report.id = file.id join rinex_file row on"
                + " row.id = file.id where (file.id = any(?) or file.id = any(?))"
                + " and file.status > 0 order by file.id";
        Array rows = array(files);
        Array quality = array(reports);
        run(sql, OURS + Kind.FILE.label + " ", nodeJson, rows, Kind.FILE.carry(), quality,
                Kind.QUALITY.carry(), rows, destiny, rows, quality);
    }

    private static String carrying(String doc) {
        return "'select set_config(''epos.carried'', ' || quote_literal((" + doc
                + ")::text) || ', true);' || E'\\n' || ?";
    }

    /** Gives the first entry after an id, or null. */
    Entry next(long after) throws SQLException {
        String sql = "select id, query from queries where destiny = ? and id > ? order by id limit 1";
        try (PreparedStatement statement = node.prepareStatement(sql)) {
            bind(statement, destiny, after);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? new Entry(rows.getLong(1), rows.getString(2)) : null;
            }
        }
    }

    /** Takes out what was carried; an earlier failure of the same is settled. */
    void done(Entry entry) throws SQLException {
        run(GONE + " delete from failed_queries f using gone where" + SAME_AS_GONE, entry.id());
    }

    /** Moves what failed to failed_queries, in place of an earlier failure of the same. */
    void failed(Entry entry, String reason) throws SQLException {
        run(GONE + ", earlier as (delete from failed_queries f using gone where" + SAME_AS_GONE
                + ") insert into failed_queries (query, destiny, reason)"
                + " select query, destiny, ? from gone", entry.id(), reason);
    }

    /** What the server says of it, without where in which statement. */
    static String reason(SQLException failure) {
        if (failure instanceof PSQLException told && told.getServerErrorMessage() != null) {
            ServerErrorMessage message = told.getServerErrorMessage();
            String detail = message.getDetail();
            return message.getMessage() + (detail == null ? "" : " (" + detail + ")");
        }
        return failure.getMessage();
    }

    private Array array(Collection<Integer> ids) throws SQLException {
        return node.createArrayOf("int4", ids.toArray());
    }

    private void run(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = node.prepareStatement(sql)) {
            bind(statement, values);
            statement.executeUpdate();
        }
    }

    private static void bind(PreparedStatement statement, Object... values) throws SQLException {
        for (int at = 0; at < values.length; at++) {
            statement.setObject(at + 1, values[at]);
        }
    }
}
