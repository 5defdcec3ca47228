package epos.glass.model;

import epos.glass.geodesy.Covariance;
import epos.glass.geodesy.Vector;
import java.time.LocalDateTime;
import java.util.List;

/** Where a station was at an epoch: x, y, z of the earth in m, and how certain that is in m². */
public record Estimate(
        LocalDateTime epoch, Vector position, Covariance covariance, boolean outlier) {

    /** Where it would have been without the jumps before. */
    public Estimate without(List<Offset> offsets) {
        Vector moved = position;
        for (Offset offset : offsets) {
            if (!epoch.isBefore(offset.epoch())) {
                moved = moved.minus(offset.step());
            }
        }
        return new Estimate(epoch, moved, covariance, outlier);
    }
}
