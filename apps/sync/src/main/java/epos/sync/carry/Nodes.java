package epos.sync.carry;

import epos.sync.WrongSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
    static Nodes read(Connection node) throws SQLException {
        String sql =
                "select id, to_jsonb(n) - '{id,username,password}'::text[] from node n"
                        + " where dbname = current_database() order by id limit 1";
        try (Statement statement = node.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            if (!rows.next()) {
                throw new WrongSettings(
                        "no row of table node has the name of this database as dbname: add this"
                                + " node");
            }
            int own = rows.getInt(1);
            return new Nodes(own, rows.getString(2), destinations(node, own));
        }
    }

    private static List<Destination> destinations(Connection node, int own) throws SQLException {
        String sql =
                "select id, name, host, port::text, dbname, username, password from node where id"
                        + " in (select destiny from connections where source = " + own
                        + ") order by id";
        List<Destination> found = new ArrayList<>();
        try (Statement statement = node.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                found.add(new Destination(rows.getInt(1), rows.getString(2), row(rows)));
            }
        }
        return found;
    }

    private static Map<String, String> row(ResultSet rows) throws SQLException {
        Map<String, String> row = new HashMap<>();
        for (String column : COLUMNS) {
            if (rows.getString(column) != null) {
                row.put(column, rows.getString(column));
            }
        }
        return row;
    }
}
