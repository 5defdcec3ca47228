package epos.sync.database;

/** A database cannot be used at the moment; asking again later may succeed. */
public final class Unreachable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Unreachable(String what) {
        super(what);
    }
}
