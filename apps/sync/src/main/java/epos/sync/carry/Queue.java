package epos.sync.carry;

import epos.sync.database.Session;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The node's tables queries and failed_queries, for one destination. A query is SQL that the
 * destination runs as one transaction; the first line of ours says of what it is.
 */
final class Queue {
    static final String OURS = "-- EPOS_Sync_System ";
    private static final int MOST = 20; // entries read at once
    private static final int LARGE = 200_000; // bytes; larger ones are read alone
    private static final String SAME_AS_GONE =
            " f.destiny = gone.destiny and (f.query = gone.query or gone.query like '" + OURS
                    + "%' and split_part(f.query, E'\\n', 1) = split_part(gone.query, E'\\n', 1))";
    private static final String GONE =
            "with gone as (delete from queries where id = any(?::bigint[])"
                    + " returning query, destiny)";

    private final Session node;
    private final int destiny;

    Queue(Session node, int destiny) {
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
            int end = query.indexOf('\n');
            String line = end < 0 ? query : query.substring(0, end);
            return isOurs() ? line.substring(OURS.length()) : line;
        }
    }

    /** Forgets what an interrupted run left: it may be out of date, and is found again. */
    void forgetOurs() throws SQLException {
        node.ask("delete from queries where destiny = ? and query like ?", destiny, OURS + "%");
    }

    /** Queues structures or stations. */
    void add(Kind kind, Collection<Integer> ids) throws SQLException {
        String sql = "insert into queries (query, metadata, station_id, destiny)"
                + " select ?::text || key || E'\\n' || " + carrying("doc", "?")
                + ", ?::text, " + (kind == Kind.STATION ? "id" : "null") + ", ?::integer from ("
                + kind.read() + ") unit where id = any(?::integer[]) order by id";
        node.ask(sql, OURS + kind.label + " ", kind.carry(), kind.tier, destiny, ids);
    }

    /** Queues files, their reports or both: one query each, so one transaction. */
    void addFiles(String nodeJson, Collection<Integer> files, Collection<Integer> reports)
            throws SQLException {
        String sql = "insert into queries (query, metadata, station_id, destiny)"
                + " select ?::text || file.key || E'\\n' || " + setting("epos.node", "?::text")
                + " || case when file.id = any(?::integer[]) then " + carrying("file.doc", "?")
                + " else '' end || case when file.id = any(?::integer[]) then " + carrying(
                        "coalesce(report.doc, jsonb_build_object('name', file.name,"
                                + " 'relative_path', file.relative_path))", "?")
                + " else '' end, case when file.id = any(?::integer[]) then 'T2' else 'T3' end,"
                + " row.id_station, ?::integer from (" + Kind.FILE.read() + ") file join ("
                + Kind.QUALITY.read() + ") report on report.id = file.id join rinex_file row on"
                + " row.id = file.id where file.id = any(?::integer[] || ?::integer[])"
                + " and file.status > 0 order by file.id";
        node.ask(sql, OURS + Kind.FILE.label + " ", nodeJson, files, Kind.FILE.carry(), reports,
                Kind.QUALITY.carry(), files, destiny, files, reports);
    }

    private static String carrying(String doc, String statements) {
        return setting("epos.carried", "(" + doc + ")::text") + " || " + statements + "::text";
    }

    /** SQL of SQL that keeps a text for the statements that follow; it gives nothing back. */
    private static String setting(String name, String text) {
        return "'select set_config(''" + name + "'', ' || quote_literal(" + text
                + ") || ', true) is null;' || E'\\n'";
    }

    /** Gives the first entries after an id, at least one if there is any: all ours, or another's. */
    List<Entry> next(long after) throws SQLException {
        String sql = "select id, query from queries where destiny = ? and id > ?"
                + " and (octet_length(query) < " + LARGE + " or id = (select min(id) from queries"
                + " where destiny = ? and id > ?)) order by id limit " + MOST;
        List<Entry> entries = new ArrayList<>();
        for (String[] row : node.ask(sql, destiny, after, destiny, after)) {
            Entry entry = new Entry(Long.parseLong(row[0]), row[1]);
            if (!entries.isEmpty() && !(entry.isOurs() && entries.get(0).isOurs())) {
                break;
            }
            entries.add(entry);
        }
        return entries;
    }

    /** Takes out what was carried; an earlier failure of the same is settled. */
    void done(Collection<Long> entries) throws SQLException {
        node.ask(GONE + " delete from failed_queries f using gone where" + SAME_AS_GONE, entries);
    }

    /** Moves what failed to failed_queries, in place of an earlier failure of the same. */
    void failed(Entry entry, String reason) throws SQLException {
        node.ask(GONE + ", earlier as (delete from failed_queries f using gone where" + SAME_AS_GONE
                + ") insert into failed_queries (query, destiny, reason)"
                + " select query, destiny, ?::text from gone", List.of(entry.id()), reason);
    }
}
