package epos.glass.database;

/** The database cannot be used at the moment; asking again later may succeed. */
public final class DatabaseUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DatabaseUnavailable(String what, Throwable cause) {
        super(what, cause);
    }
}
