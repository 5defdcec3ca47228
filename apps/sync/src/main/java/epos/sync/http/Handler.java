package epos.sync.http;

/** From a request to its answer. */
public interface Handler {
    Answer handle(Request request);
}
