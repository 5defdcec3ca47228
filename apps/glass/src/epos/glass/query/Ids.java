package epos.glass.query;

import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;

/** Ids, to be bound as one value. */
record Ids(int[] all) {

    Array bound(Connection connection) throws SQLException {
        return connection.createArrayOf("int4", Arrays.stream(all).boxed().toArray());
    }

    int size() {
        return all.length;
    }

    Ids first(int count) {
        return new Ids(Arrays.copyOf(all, count));
    }
}
