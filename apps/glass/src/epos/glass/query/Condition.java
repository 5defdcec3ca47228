package epos.glass.query;

import epos.glass.database.Pool;
import java.io.IOException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A part of a where clause: fixed text with question marks, and the values for them in order. A value
 * that is a condition itself is a statement which chooses ids: see {@link #resolved}.
 */
record Condition(String sql, List<Object> values) {
    static final Condition ALL = new Condition("true", List.of());

    static Condition of(String sql, Object... values) {
        return new Condition(sql, List.of(values));
    }

    /** Both must hold. */
    Condition and(Condition other) {
        List<Object> both = new ArrayList<>(values);
        both.addAll(other.values);
        return new Condition(sql + " and " + other.sql, both);
    }

    /** One of the two must hold. */
    Condition or(Condition other) {
        Condition both = and(other);
        return new Condition("((" + sql + ") or (" + other.sql + "))", both.values);
    }

    /**
     * With the ids themselves in place of the statements that choose them: the database, which is told
     * them, knows then whether few or many records have one.
     */
    Condition resolved(Pool pool) throws IOException {
        List<Object> resolved = new ArrayList<>();
        for (Object value : values) {
            resolved.add(
                    value instanceof Condition chosen
                            ? Rows.ids(pool, chosen.sql, chosen)
                            : value);
        }
        return new Condition(sql, resolved);
    }

    static Condition every(List<Condition> conditions) {
        return conditions.stream().reduce(ALL, Condition::and);
    }

    /** Binds the values from parameter 1 on; a list becomes an array of text. */
    void bind(Connection connection, PreparedStatement statement) throws SQLException {
        int index = 1;
        for (Object value : values) {
            if (value instanceof List<?> several) {
                Array array = connection.createArrayOf("text", several.toArray());
                statement.setArray(index++, array);
            } else if (value instanceof Ids ids) {
                statement.setArray(index++, ids.bound(connection));
            } else {
                statement.setObject(index++, value);
            }
        }
    }

    /** The values of a comma list in lower case, for `lower(column) = any(?)`. */
    static List<String> lowered(List<String> values) {
        return values.stream().map(value -> value.toLowerCase(java.util.Locale.ROOT))
                .collect(Collectors.toList());
    }
}
