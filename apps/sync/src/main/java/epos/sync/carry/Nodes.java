package epos.sync.carry;

import epos.sync.WrongSettings;
import epos.sync.database.Session;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * This node and where its connections lead.
 *
 * @param own id of this node's row
 * @param json of this node's row, as others may know it
 */
record Nodes(int own, String json, List<Destination> destinations) {
    private static final String[] COLUMNS = {"host", "port", "dbname", "username", "password"};

    /** A node that something goes to; its row without columns that are null. */
    record Destination(int id, String name, Map<String, String> row) {}

    /** This node is the first row whose dbname is that of the database it stands in. */
    static Nodes read(Session node) throws SQLException {
        List<String[]> rows =
                node.ask("select id, to_jsonb(n) - '{id,username,password}'::text[] from node n"
                        + " where dbname = current_database() order by id limit 1");
        if (rows.isEmpty()) {
            throw new WrongSettings(
                    "no row of table node has the name of this database as dbname: add this node");
        }
        int own = Integer.parseInt(rows.get(0)[0]);
        return new Nodes(own, rows.get(0)[1], destinations(node, own));
    }

    private static List<Destination> destinations(Session node, int own) throws SQLException {
        String sql =
                "select id, name, host, port, dbname, username, password from node where id in"
                        + " (select destiny from connections where source = ?) order by id";
        List<Destination> found = new ArrayList<>();
        for (String[] row : node.ask(sql, own)) {
            found.add(new Destination(Integer.parseInt(row[0]), row[1], named(row)));
        }
        return found;
    }

    private static Map<String, String> named(String[] row) {
        Map<String, String> named = new HashMap<>();
        for (int at = 0; at < COLUMNS.length; at++) {
            if (row[2 + at] != null) {
                named.put(COLUMNS[at], row[2 + at]);
            }
        }
        return named;
    }
}
