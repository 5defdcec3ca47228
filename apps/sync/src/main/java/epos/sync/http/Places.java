package epos.sync.http;

import java.util.ArrayList;
import java.util.List;

/**
 * The connections there are. A newcomer has a place at once: where none is left, for all or for its
 * address, the connection that has been still for longest is dropped. So who is slow holds no place
 * that another needs.
 */
final class Places {
    private static final int ALL = 512;
    private static final int OF_ONE_ADDRESS = 256;

    private final List<Connection> open = new ArrayList<>();

    /** Gives a connection its place; false where all others are worked for. */
    boolean enter(Connection newcomer) {
        int crowd = 0;
        for (Connection one : open) {
            crowd += one.isFrom(newcomer) ? 1 : 0;
        }
        boolean ofOne = crowd >= OF_ONE_ADDRESS;
        if (ofOne || open.size() >= ALL) {
            Connection still = null;
            for (Connection one : open) {
                if (!one.isBusy() && (!ofOne || one.isFrom(newcomer))
                        && (still == null || one.moved() < still.moved())) {
                    still = one;
                }
            }
            if (still == null) {
                return false;
            }
            end(still, true);
        }
        open.add(newcomer);
        return true;
    }

    /** Ends a connection; at once, what it did not take of its answer is thrown away. */
    void end(Connection connection, boolean atOnce) {
        open.remove(connection);
        connection.end(atOnce);
    }

    /** Those whose time is over. */
    List<Connection> late() {
        List<Connection> found = new ArrayList<>();
        long now = System.nanoTime() / 1_000_000;
        for (Connection one : open) {
            if (one.isLate(now)) {
                found.add(one);
            }
        }
        return found;
    }
}
