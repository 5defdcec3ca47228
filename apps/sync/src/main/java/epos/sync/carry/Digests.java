package epos.sync.carry;

import epos.sync.database.Session;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Tells what differs, by a checksum of the content that each database makes by itself. */
final class Digests {
    /** Files go by columns that have an index; of the others there are few. */
    private static final String BY_NAME_AND_PATH =
            " where (name, relative_path) in"
                    + " (select k::jsonb->>0, k::jsonb->>1 from unnest(?::text[]) k)";
    private static final String BY_KEY = " where key = any(?::text[])";

    /** A row of this node; digest is null where there is no content. */
    record Row(int id, String digest) {}

    private Digests() {}

    /** Gives the node's rows by key. */
    static Map<String, Row> here(Session node, Kind kind, Collection<Integer> ids)
            throws SQLException {
        String sql = "select key, id, md5(doc::text) from (" + kind.read() + ") unit"
                + " where id = any(?::integer[]) order by id";
        Map<String, Row> found = new LinkedHashMap<>();
        for (String[] row : node.ask(sql, ids)) {
            found.put(row[0], new Row(Integer.parseInt(row[1]), row[2]));
        }
        return found;
    }

    /** Gives the checksums of those keys that the gateway has. */
    static Map<String, String> there(Session gateway, Kind kind, Collection<String> keys)
            throws SQLException {
        boolean file = kind == Kind.FILE || kind == Kind.QUALITY;
        String sql = "select key, md5(doc::text) from (" + kind.read() + ") unit"
                + (file ? BY_NAME_AND_PATH : BY_KEY);
        Map<String, String> found = new LinkedHashMap<>();
        for (String[] row : gateway.ask(sql, keys)) {
            found.put(row[0], row[1]);
        }
        return found;
    }

    /** Whether the gateway has what the node has; a file without a report is one nowhere. */
    static boolean same(Map<String, String> there, String key, Row row) {
        return (there.containsKey(key) || row.digest() == null)
                && Objects.equals(there.get(key), row.digest());
    }
}
