package epos.sync.http;

/** From a request to its answer. */
public interface Handler {
    Answer handle(Request request);

    /** Whether making the answer takes long; nobody else waits for it. */
    boolean takesLong(Request request);
}
