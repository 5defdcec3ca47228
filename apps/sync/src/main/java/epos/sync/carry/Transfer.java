package epos.sync.carry;

import epos.sync.database.Unreachable;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Carries everything that differs from this node to one destination. */
final class Transfer {
    private final Connection node;
    private final Connection gateway;
    private final Nodes nodes;
    private final Candidates candidates;
    private final Queue queue;
    private final Summary summary;
    private final Map<String, Boolean> wasThere = new HashMap<>(); // files under way, by what they are

    Transfer(Connection node, Connection gateway, Nodes nodes, int destiny, Summary summary) {
        this.node = node;
        this.gateway = gateway;
        this.nodes = nodes;
        this.candidates = new Candidates(node, nodes.own(), destiny);
        this.queue = new Queue(node, destiny);
        this.summary = summary;
    }

    void run() throws SQLException {
        queue.forgetOurs();
        drain(); // what others put there
        references(Kind.STRUCTURE, candidates.structures());
        references(Kind.STATION, candidates.stations());
        Candidates.Batch batch = candidates.files(0);
        while (batch.candidates() > 0) {
            files(batch);
            batch = candidates.files(batch.last());
        }
    }

    /** What files refer to; counted only where it fails. */
    private void references(Kind kind, List<Integer> ids) throws SQLException {
        Map<String, Digests.Row> here = Digests.here(node, kind, ids);
        Map<String, String> there = Digests.there(gateway, kind, here.keySet());
        queue.add(kind, differing(here, there));
        drain();
    }

    private void files(Candidates.Batch batch) throws SQLException {
        Map<String, Digests.Row> here = Digests.here(node, Kind.FILE, batch.files());
        Map<String, Digests.Row> reports = Digests.here(node, Kind.QUALITY, batch.reports());
        Set<String> keys = new HashSet<>(here.keySet());
        keys.addAll(reports.keySet());
        Map<String, String> there = Digests.there(gateway, Kind.FILE, keys);
        List<Integer> changed = differing(here, there);
        List<Integer> changedReports =
                differing(reports, Digests.there(gateway, Kind.QUALITY, reports.keySet()));
        Set<Integer> both = new HashSet<>(changed);
        both.addAll(changedReports);
        wasThere.clear();
        for (String key : keys) {
            wasThere.put(Kind.FILE.label + " " + key, there.containsKey(key));
        }
        summary.candidates(batch.candidates());
        summary.unchanged(batch.candidates() - both.size());
        if (!both.isEmpty()) {
            queue.addFiles(nodes.json(), changed, changedReports);
            drain();
        }
    }

    private static List<Integer> differing(
            Map<String, Digests.Row> here, Map<String, String> there) {
        List<Integer> ids = new ArrayList<>();
        for (Map.Entry<String, Digests.Row> row : here.entrySet()) {
            if (!Digests.same(there, row.getKey(), row.getValue())) {
                ids.add(row.getValue().id());
            }
        }
        return ids;
    }

    /** Runs what is queued, in its order; each entry is a transaction. */
    private void drain() throws SQLException {
        Queue.Entry entry = queue.next(0);
        while (entry != null) {
            carry(entry);
            entry = queue.next(entry.id());
        }
    }

    /** Killed between gateway and queue, the entry is run again: that changes nothing. */
    private void carry(Queue.Entry entry) throws SQLException {
        try {
            execute(entry.query());
            if (!entry.isOurs()) {
                execute("commit"); // where it began a transaction and left it open
            }
        } catch (SQLException failure) {
            if (Unreachable.is(failure)) {
                throw failure;
            }
            execute("rollback"); // as above
            String reason = Queue.reason(failure);
            queue.failed(entry, reason);
            summary.failed(entry.what(), reason);
            return;
        }
        queue.done(entry);
        if (wasThere.containsKey(entry.what())) {
            summary.carried(wasThere.get(entry.what()));
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = gateway.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }
}
