package epos.glass.query;

import java.time.LocalDate;

/**
 * Which epochs of a series are asked for.
 *
 * @param first the first day, or null
 * @param last the last day, included, or null
 * @param withOutliers whether those that the analysis centre marked are wanted too
 */
public record Span(LocalDate first, LocalDate last, boolean withOutliers) {
    public static final Span EVERYTHING = new Span(null, null, true);

    Condition condition() {
        Condition wanted = withOutliers ? Condition.ALL : Condition.of("not e.outlier");
        if (first != null) {
            wanted = wanted.and(Condition.of("e.epoch >= ?", first));
        }
        return last == null
                ? wanted
                : wanted.and(Condition.of("e.epoch < ?", last.plusDays(1)));
    }
}
