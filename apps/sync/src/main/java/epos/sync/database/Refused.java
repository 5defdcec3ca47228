package epos.sync.database;

/** A database refused something, or its connection was lost; the message is the server's. */
public final class Refused extends Exception {
    private static final long serialVersionUID = 1L;
    static final String LOST = "08006"; // PostgreSQL's code of it

    private final String state;
    private final String detail;

    /**
     * @param state the code that tells the kind of error, of five characters
     * @param detail what the server adds; null where it adds nothing
     */
    Refused(String message, String state, String detail) {
        super(message);
        this.state = state;
        this.detail = detail;
    }

    /** Whether the database cannot be used: class 08 is a lost connection, 57P one that stops. */
    public boolean isUnreachable() {
        return state.startsWith("08") || state.startsWith("57P");
    }

    /** Whether it is starting, and takes connections soon. */
    boolean isStarting() {
        return state.equals("57P03");
    }

    /** What the server says of it, without where in which statement. */
    public String reason() {
        return detail == null ? getMessage() : getMessage() + " (" + detail + ")";
    }
}
