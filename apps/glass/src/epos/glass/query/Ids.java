package epos.glass.query;

import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Ids, to be bound as one value. */
record Ids(int[] all) {

    Array bound(Connection connection) throws SQLException {
        return connection.createArrayOf("int4", Arrays.stream(all).boxed().toArray());
    }

    int size() {
        return all.length;
    }

    /** The same, at most so many together. */
    List<Ids> inGroupsOf(int most) {
        return IntStream.range(0, (size() + most - 1) / most)
                .mapToObj(group -> part(group * most, Math.min(size(), (group + 1) * most)))
                .toList();
    }

    Ids part(int from, int to) {
        return new Ids(Arrays.copyOfRange(all, from, to));
    }
}
