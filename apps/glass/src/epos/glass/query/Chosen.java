package epos.glass.query;

import java.util.List;

/**
 * Which records an answer has, in its order.
 *
 * @param ids those of the page; of everything, those of its first part
 * @param last where more follow, the key of the last of them, which ends in its id; else null
 * @param wanted of everything, what its further parts are chosen by; else null
 */
public record Chosen(Ids ids, List<Object> last, Condition wanted) {

    /** What the next page is asked for with: the record that it follows; null where there is none. */
    public Object next() {
        return wanted == null && last != null ? last.get(last.size() - 1) : null;
    }
}
