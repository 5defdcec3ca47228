package epos.sync;

/** An environment variable or a row of table node is missing or wrong; the message says which. */
public final class WrongSettings extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WrongSettings(String what) {
        super(what);
    }
}
