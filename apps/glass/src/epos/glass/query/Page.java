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
    boolean limited() {
        return number > 0;
    }

    List<Object> appendedTo(List<Object> values) {
        List<Object> bound = new ArrayList<>(values);
        bound.add(size);
        bound.add((long) (number - 1) * size);
        return bound;
    }
}
