package epos.glass.http;

/** The client asked for something that cannot be; the message tells it what. */
final class BadRequest extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadRequest(String message) {
        super(message);
    }
}
