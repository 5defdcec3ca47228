package epos.glass.geodesy;

/** How uncertain a vector is: variances and covariances in the square of its unit. */
public record Covariance(double xx, double yy, double zz, double xy, double xz, double yz) {

    /** From standard deviations and correlations. */
    public static Covariance of(Vector sigmas, double rhoXy, double rhoXz, double rhoYz) {
        return new Covariance(
                sigmas.x() * sigmas.x(),
                sigmas.y() * sigmas.y(),
                sigmas.z() * sigmas.z(),
                rhoXy * sigmas.x() * sigmas.y(),
                rhoXz * sigmas.x() * sigmas.z(),
                rhoYz * sigmas.y() * sigmas.z());
    }

    /** Standard deviations along the axes. */
    public Vector sigmas() {
        return new Vector(root(xx), root(yy), root(zz));
    }

    /** Correlations of x with y, x with z, y with z: -1 to 1, 0 where one has no uncertainty. */
    public Vector correlations() {
        return new Vector(
                correlation(xy, xx, yy), correlation(xz, xx, zz), correlation(yz, yy, zz));
    }

    /** The covariance of two projections, onto a and onto b. */
    double along(Vector a, Vector b) {
        Vector turned =
                new Vector(
                        xx * b.x() + xy * b.y() + xz * b.z(),
                        xy * b.x() + yy * b.y() + yz * b.z(),
                        xz * b.x() + yz * b.y() + zz * b.z());
        return a.dot(turned);
    }

    private static double root(double variance) {
        return Math.sqrt(Math.max(0, variance)); // a turned one may be below 0 by rounding
    }

    private static double correlation(double both, double one, double other) {
        double product = one * other;
        return product > 0 ? both / Math.sqrt(product) : 0;
    }
}
