package epos.glass.query;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of an answer.
 *
 * @param number from 1; 0 is everything
 * @param size records a page holds
 */
public record Page(int number, int size) {
    /** The end of a statement, for whose question marks appendedTo has the values. */
    String sql() {
        return number > 0 ? " limit ? offset ?" : "";
    }

    List<Object> appendedTo(List<Object> values) {
        if (number == 0) {
            return values;
        }
        List<Object> bound = new ArrayList<>(values);
        bound.add(size);
        bound.add((long) (number - 1) * size);
        return bound;
    }
}
