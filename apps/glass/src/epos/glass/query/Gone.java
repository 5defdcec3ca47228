package epos.glass.query;

/** The record that a page should follow is not there, or no more. */
public final class Gone extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Gone(int id) {
        super("after=" + id + ": there is no such record any more, begin again with page=1");
    }
}
