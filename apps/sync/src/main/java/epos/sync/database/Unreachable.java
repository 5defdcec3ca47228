package epos.sync.database;

import java.sql.SQLException;

/** A database cannot be used at the moment; asking again later may succeed. */
public final class Unreachable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Unreachable(String what) {
        super(what);
    }

    /** Class 08 is a lost connection, 57P a database that stops or starts. */
    public static boolean is(SQLException failure) {
        String state = String.valueOf(failure.getSQLState());
        return state.startsWith("08") || state.startsWith("57P");
    }
}
