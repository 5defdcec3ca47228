package epos.glass.query;

/**
 * The records of an answer, in its order.
 *
 * @param ids those of the page; of everything, the first ones
 * @param last the id of the last of them, where more follow; else null
 * @param rest of everything, what chooses those that follow; else null
 */
public record Chosen(Ids ids, Integer last, Condition rest) {

    /** What the next page is asked for with: the record that it follows; null where there is none. */
    public Integer next() {
        return rest == null ? last : null;
    }
}
