package epos.glass.model;

import epos.glass.geodesy.Vector;

/** Where a station was, x, y, z of the earth, standard deviations, m; and their correlations. */
public record Coordinates(
        String epoch,
        double x,
        double y,
        double z,
        double sx,
        double sy,
        double sz,
        double rxy,
        double rxz,
        double ryz) {

    public static Coordinates of(Estimate estimate) {
        Vector at = estimate.position();
        Vector sigmas = estimate.covariance().sigmas();
        Vector correlations = estimate.covariance().correlations();
        return new Coordinates(
                Written.time(estimate.epoch()),
                at.x(),
                at.y(),
                at.z(),
                Written.length(sigmas.x()),
                Written.length(sigmas.y()),
                Written.length(sigmas.z()),
                Written.ratio(correlations.x()),
                Written.ratio(correlations.y()),
                Written.ratio(correlations.z()));
    }
}
