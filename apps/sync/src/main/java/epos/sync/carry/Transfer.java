package epos.sync.carry;

import epos.sync.database.Session;
import epos.sync.database.Unreachable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Carries everything that differs from this node to one destination. */
final class Transfer {
    private final Session node;
    private final Session gateway;
    private final Nodes nodes;
    private final Candidates candidates;
    private final Queue queue;
    private final Summary summary;
    private boolean triedFunctions;
    private boolean hasFunctions;
    private final Map<String, Boolean> wasThere = new HashMap<>(); // files under way, by what they are

    Transfer(Session node, Session gateway, Nodes nodes, int destiny, Summary summary) {
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
        List<Integer> changed = differing(here, there);
        if (!changed.isEmpty()) {
            queue.add(kind, changed);
            drain();
        }
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
        List<Queue.Entry> entries = queue.next(0);
        while (!entries.isEmpty()) {
            Queue.Entry first = entries.get(0);
            if (first.isOurs()) {
                carry(entries);
            } else {
                carryAnothers(first);
            }
            entries = queue.next(entries.get(entries.size() - 1).id());
        }
    }

    /**
     * Runs entries of ours, each in a transaction of its own. Killed between gateway and queue, an
     * entry is found unchanged by the next run.
     */
    private void carry(List<Queue.Entry> entries) throws SQLException {
        List<Long> done = new ArrayList<>();
        for (Queue.Entry entry : entries) {
            try {
                gateway.run(quicker(entry.query()));
                done.add(entry.id());
                if (wasThere.containsKey(entry.what())) {
                    summary.carried(wasThere.get(entry.what()));
                }
            } catch (SQLException failure) {
                settle(done);
                fail(entry, failure);
            }
        }
        settle(done);
    }

    /** The same, with calls in place of the statements, where the gateway lets us define them. */
    private String quicker(String query) throws SQLException {
        if (!triedFunctions) {
            triedFunctions = true;
            hasFunctions = defineFunctions();
        }
        String found = query;
        if (hasFunctions) {
            for (Kind kind : Kind.values()) {
                found = found.replace(kind.carry(), kind.call());
            }
        }
        return found;
    }

    private boolean defineFunctions() throws SQLException {
        StringBuilder functions = new StringBuilder();
        for (Kind kind : Kind.values()) {
            functions.append(kind.function());
        }
        try {
            gateway.run(functions.toString());
            return true;
        } catch (SQLException refused) {
            if (Unreachable.is(refused)) {
                throw refused;
            }
            return false; // a gateway where our role may make nothing temporary
        }
    }

    private void settle(List<Long> done) throws SQLException {
        if (!done.isEmpty()) {
            queue.done(done);
            done.clear();
        }
    }

    /** Runs what others queued; it may begin a transaction and leave it open. */
    private void carryAnothers(Queue.Entry entry) throws SQLException {
        try {
            gateway.run(entry.query());
            gateway.run("commit");
        } catch (SQLException failure) {
            fail(entry, failure);
            gateway.run("rollback");
            return;
        }
        queue.done(List.of(entry.id()));
    }

    private void fail(Queue.Entry entry, SQLException failure) throws SQLException {
        if (Unreachable.is(failure)) {
            throw failure;
        }
        queue.failed(entry, Session.reason(failure));
        summary.failed(entry.what(), Session.reason(failure));
    }
}
