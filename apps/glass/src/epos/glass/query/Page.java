package epos.glass.query;

/**
 * A part of an answer.
 *
 * @param number from 1; 0 is everything
 * @param size records a page holds
 * @param after the id of the record that the page follows, instead of a number; or null
 */
public record Page(int number, int size, Integer after) {
    boolean isEverything() {
        return number == 0 && after == null;
    }

    /** The end of a statement that gives this page alone. */
    Condition end() {
        return isEverything()
                ? Condition.of("")
                : Condition.of(" limit ? offset ?", size, offset());
    }

    /** How many records come before it, of those that follow the one named. */
    long offset() {
        return number == 0 ? 0 : (long) (number - 1) * size;
    }
}
