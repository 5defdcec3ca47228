package epos.sync.carry;

import epos.sync.database.Session;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The node's rows that connections send to a destination: validated files, what they refer to. */
final class Candidates {
    private static final int BATCH = 100; // files compared at once

    private final Session node;
    private final int source;
    private final int destiny;

    Candidates(Session node, int source, int destiny) {
        this.node = node;
        this.source = source;
        this.destiny = destiny;
    }

    /** The next files after an id, with the tiers that go there. */
    record Batch(List<Integer> files, List<Integer> reports, int candidates, int last) {}

    List<Integer> stations() throws SQLException {
        return ids("select distinct f.id_station from rinex_file f where f.status > 0 and "
                + connected("T1"));
    }

    List<Integer> structures() throws SQLException {
        return ids("select distinct f.id_data_center_structure from rinex_file f"
                + " where f.status > 0 and " + connected("T2"));
    }

    Batch files(int after) throws SQLException {
        String sql = "select id, t2, t3 from (select f.id, " + connected("T2") + " as t2, "
                + connected("T3") + " as t3 from rinex_file f where f.status > 0 and f.id > ?)"
                + " candidate where t2 or t3 order by id limit " + BATCH;
        List<Integer> files = new ArrayList<>();
        List<Integer> reports = new ArrayList<>();
        int last = after;
        List<String[]> rows = node.ask(sql, after);
        for (String[] row : rows) {
            last = Integer.parseInt(row[0]);
            addIf(row[1].equals("t"), files, last);
            addIf(row[2].equals("t"), reports, last);
        }
        return new Batch(files, reports, rows.size(), last);
    }

    private static void addIf(boolean wanted, List<Integer> list, int id) {
        if (wanted) {
            list.add(id);
        }
    }

    /** Whether a tier of a file's station goes there; a connection without station means all. */
    private String connected(String tier) {
        return "exists (select from connections c where c.source = " + source
                + " and c.destiny = " + destiny + " and c.metadata = '" + tier
                + "' and (c.station is null or c.station = f.id_station))";
    }

    private List<Integer> ids(String sql) throws SQLException {
        List<Integer> found = new ArrayList<>();
        for (String[] row : node.ask(sql)) {
            found.add(Integer.valueOf(row[0]));
        }
        return found;
    }
}
