package epos.glass.query;

import epos.glass.database.Pool;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.stream.IntStream;

/** Runs one statement and hands its rows on, one at a time: memory does not grow with them. */
final class Rows {
    private static final int FETCHED_AT_ONCE = 200; // rows

    private Rows() {}

    /** Makes a record of a row. */
    @FunctionalInterface
    interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    static <T> void each(
            Pool pool, String sql, Condition bound, Reader<T> reader, Sink<T> sink)
            throws IOException {
        pool.run(
                connection -> {
                    try (PreparedStatement statement = connection.prepareStatement(sql)) {
                        statement.setFetchSize(FETCHED_AT_ONCE);
                        bound.bind(connection, statement);
                        try (ResultSet rows = statement.executeQuery()) {
                            while (rows.next()) {
                                sink.accept(reader.read(rows));
                            }
                        }
                    }
                });
    }

    /** The ids that a statement chooses. */
    static Ids ids(Pool pool, String sql, Condition bound) throws IOException {
        IntStream.Builder all = IntStream.builder();
        each(pool, sql, bound, row -> row.getInt(1), all::add);
        return new Ids(all.build().toArray());
    }
}
