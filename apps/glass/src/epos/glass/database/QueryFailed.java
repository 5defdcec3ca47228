package epos.glass.database;

import java.sql.SQLException;

/** The database answered with an error: a fault of ours, or of the schema. */
public final class QueryFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public QueryFailed(SQLException cause) {
        super(cause.getMessage(), cause);
    }
}
