package epos.sync;

import epos.sync.carry.Summary;
import epos.sync.carry.Synchronisation;
import epos.sync.http.Answer;
import epos.sync.http.Console;
import epos.sync.http.Handler;
import epos.sync.http.Request;
import java.util.concurrent.atomic.AtomicBoolean;

/** Which request does what. */
final class Routes implements Handler {
    private static final String HEALTHY =
            "{\"status\":\"ok\",\"application\":\"EPOS_Sync_System\"}";

    private final Settings settings;
    private final AtomicBoolean running = new AtomicBoolean();
    private volatile String last = "null";

    Routes(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Answer handle(Request request) {
        return switch (request.path()) {
            case "/health" -> request.isGet() ? Answer.ok(HEALTHY) : Answer.notAllowed("GET, HEAD");
            case "/status" -> request.isGet() ? status() : Answer.notAllowed("GET, HEAD");
            case "/sync" -> request.isPost() ? sync() : Answer.notAllowed("POST");
            default ->
                    Answer.error(404, "no such resource; there are /health, /sync and /status");
        };
    }

    @Override
    public boolean takesLong(Request request) {
        return request.path().equals("/sync") && request.isPost();
    }

    private Answer status() {
        return Answer.ok("{\"running\":" + running.get() + ",\"last\":" + last + "}");
    }

    private Answer sync() {
        if (!running.compareAndSet(false, true)) {
            return Answer.error(409, "a synchronisation is under way; ask /status, try again later");
        }
        try {
            Summary summary = new Synchronisation(settings).run();
            last = summary.json();
            Console.say(last);
            return new Answer(summary.httpStatus(), last, null);
        } finally {
            running.set(false);
        }
    }
}
