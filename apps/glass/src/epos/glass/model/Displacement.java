package epos.glass.model;

import epos.glass.geodesy.Covariance;
import epos.glass.geodesy.Place;
import epos.glass.geodesy.Vector;

/** How far a station was from its reference position, and standard deviations: m. */
public record Displacement(
        String epoch, double de, double dn, double du, double se, double sn, double su) {

    /** Of an estimate at the place whose x, y, z are the reference. */
    public static Displacement of(Estimate estimate, Vector reference, Place place) {
        Vector off = place.local(estimate.position().minus(reference));
        Vector sigmas = sigmas(place.local(estimate.covariance()));
        return new Displacement(
                Written.time(estimate.epoch()),
                Written.length(off.x()),
                Written.length(off.y()),
                Written.length(off.z()),
                sigmas.x(),
                sigmas.y(),
                sigmas.z());
    }

    private static Vector sigmas(Covariance covariance) {
        Vector sigmas = covariance.sigmas();
        return new Vector(
                Written.length(sigmas.x()), Written.length(sigmas.y()), Written.length(sigmas.z()));
    }
}
