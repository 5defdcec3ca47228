package epos.sync.carry;

import epos.sync.database.Refused;
import epos.sync.database.Session;
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
    private final Map<String, Boolean> wasThere = new HashMap<>(); // files under way, by what they are

    Transfer(Session node, Session gateway, Nodes nodes, int destiny, Summary summary) {
        this.node = node;
        this.gateway = gateway;
        this.nodes = nodes;
        this.candidates = new Candidates(node, nodes.own(), destiny);
        this.queue = new Queue(node, destiny);
        this.summary = summary;
    }

    void run() throws Refused {
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
    private void references(Kind kind, List<Integer> ids) throws Refused {
        Map<String, Digests.Row> here = Digests.here(node, kind, ids);
        Map<String, String> there = Digests.there(gateway, kind, here.keySet());
        List<Integer> changed = differing(here, there);
        if (!changed.isEmpty()) {
            queue.add(kind, changed);
            drain();
        }
    }

    private void files(Candidates.Batch batch) throws Refused {
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
    private void drain() throws Refused {
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
     * Runs entries of ours. The next one is sent before the end of one is waited for: the gateway
     * has always something to do. Killed between gateway and queue, an entry is run again: that
     * changes nothing.
     */
    private void carry(List<Queue.Entry> entries) throws Refused {
        List<Long> done = new ArrayList<>();
        gateway.send(entries.get(0).query());
        for (int at = 0; at < entries.size(); at++) {
            if (at + 1 < entries.size()) {
                gateway.send(entries.get(at + 1).query());
            }
            Queue.Entry entry = entries.get(at);
            try {
                gateway.finish();
                done.add(entry.id());
                if (wasThere.containsKey(entry.what())) {
                    summary.carried(wasThere.get(entry.what()));
                }
            } catch (Refused failure) {
                settle(done);
                fail(entry, failure);
            }
            if (at + 1 == entries.size() || !gateway.isAnswered()) {
                settle(done);
            }
        }
    }

    private void settle(List<Long> done) throws Refused {
        if (!done.isEmpty()) {
            queue.done(done);
            done.clear();
        }
    }

    /** Runs what others queued; it may begin a transaction and leave it open. */
    private void carryAnothers(Queue.Entry entry) throws Refused {
        try {
            gateway.run(entry.query());
            gateway.run("commit");
        } catch (Refused failure) {
            fail(entry, failure);
            gateway.run("rollback");
            return;
        }
        queue.done(List.of(entry.id()));
    }

    private void fail(Queue.Entry entry, Refused failure) throws Refused {
        if (failure.isUnreachable()) {
            throw failure;
        }
        queue.failed(entry, failure.reason());
        summary.failed(entry.what(), failure.reason());
    }
}
