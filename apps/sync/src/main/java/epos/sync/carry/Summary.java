package epos.sync.carry;

import epos.sync.json.Json;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a synchronisation did; files are counted, what they refer to is not. */
public final class Summary {
    private static final int MOST_REASONS = 100; // told; every one is in failed_queries

    private final long started = System.currentTimeMillis() / 1000;
    private final long began = System.nanoTime();
    private final List<Map<String, Object>> failures = new ArrayList<>();
    private int failed;
    private int candidates;
    private int carried;
    private int updated;
    private int unchanged;
    private int status = 200;
    private String error;

    void candidates(int many) {
        candidates += many;
    }

    void unchanged(int many) {
        unchanged += many;
    }

    void carried(boolean wasThere) {
        if (wasThere) {
            updated++;
        } else {
            carried++;
        }
    }

    void failed(String what, String reason) {
        failed++;
        if (failures.size() < MOST_REASONS) {
            Map<String, Object> failure = new LinkedHashMap<>();
            failure.put("what", what);
            failure.put("reason", reason);
            failures.add(failure);
        }
    }

    /** Ends in an error; the first one is told, with what was done until then. */
    void error(int httpStatus, String message) {
        if (error == null) {
            status = httpStatus;
            error = message;
        }
    }

    public int httpStatus() {
        return status;
    }

    public String json() {
        Map<String, Object> members = new LinkedHashMap<>();
        if (error != null) {
            members.put("error", error);
        }
        members.put("candidates", candidates);
        members.put("carried", carried);
        members.put("updated", updated);
        members.put("unchanged", unchanged);
        members.put("failed", failed);
        members.put("failures", failures);
        members.put("started", moment(started));
        members.put("seconds", (System.nanoTime() - began) / 1_000_000 / 1000.0);
        return Json.of(members);
    }

    /** ISO 8601, UTC; java.time's own formatter loads 70 classes. */
    private static String moment(long seconds) {
        long second = seconds % 86_400;
        StringBuilder text = new StringBuilder(20);
        text.append(LocalDate.ofEpochDay(seconds / 86_400)).append('T');
        two(text, second / 3600).append(':');
        two(text, second / 60 % 60).append(':');
        return two(text, second % 60).append('Z').toString();
    }

    private static StringBuilder two(StringBuilder text, long number) {
        return text.append(number / 10).append(number % 10);
    }
}
