package epos.sync.database;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** A session with a database; each statement is its own transaction. */
public final class Session implements AutoCloseable {
    private final Connection connection;

    Session(Connection connection) {
        this.connection = connection;
    }

    /**
     * Runs a statement with values for its question marks; gives its rows, columns as text.
     *
     * @param values numbers, texts, null, or collections of numbers or texts for arrays
     */
    public List<String[]> ask(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int at = 0; at < values.length; at++) {
                Object value = values[at];
                statement.setObject(
                        at + 1, value instanceof Collection<?> items ? array(items) : value);
            }
            return statement.execute() ? rows(statement.getResultSet()) : List.of();
        }
    }

    /** An array of texts; the statement says of what it is an array: ?::integer[]. */
    private Array array(Collection<?> items) throws SQLException {
        String[] texts = new String[items.size()];
        int at = 0;
        for (Object item : items) {
            texts[at++] = item.toString();
        }
        return connection.createArrayOf("text", texts);
    }

    private static List<String[]> rows(ResultSet found) throws SQLException {
        int columns = found.getMetaData().getColumnCount();
        List<String[]> rows = new ArrayList<>();
        while (found.next()) {
            String[] row = new String[columns];
            for (int at = 0; at < columns; at++) {
                row[at] = found.getString(at + 1);
            }
            rows.add(row);
        }
        return rows;
    }

    /** Runs statements in one message, so as one transaction, at a session that takes them so. */
    public void run(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }

    public boolean isClosed() throws SQLException {
        return connection.isClosed();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    /** What the server says of a failure, without where in which statement. */
    public static String reason(SQLException failure) {
        if (failure instanceof PSQLException told && told.getServerErrorMessage() != null) {
            ServerErrorMessage message = told.getServerErrorMessage();
            String detail = message.getDetail();
            return message.getMessage() + (detail == null ? "" : " (" + detail + ")");
        }
        return failure.getMessage();
    }
}
