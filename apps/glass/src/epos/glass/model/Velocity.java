package epos.glass.model;

import epos.glass.geodesy.Covariance;
import epos.glass.geodesy.Place;
import epos.glass.geodesy.Plate;
import epos.glass.geodesy.Vector;

/** How a station moves, as the API gives it: m a year; relative to a plate, or to the frame. */
public final class Velocity {
    private Velocity() {}

    /** Whose velocity, by whom and of when. */
    public record Facts(
            String markerLongName,
            String marker,
            String analysisCenter,
            String referenceFrame,
            String software,
            String version,
            String tectonicPlate,
            String refEpoch,
            String startEpoch,
            String endEpoch) {}

    public record Local(
            double ve,
            double vn,
            double vu,
            double se,
            double sn,
            double su) {}

    public record Earth(
            double vx,
            double vy,
            double vz,
            double sx,
            double sy,
            double sz,
            double x,
            double y,
            double z) {}

    /** East, north, up; plate may be null. */
    public static Local local(Motion motion, Plate plate) {
        Place place = new Place(motion.position());
        Vector moved = place.local(relative(motion, plate));
        Covariance covariance = place.local(motion.velocityCovariance());
        Vector sigmas = covariance.sigmas();
        return new Local(
                Written.length(moved.x()),
                Written.length(moved.y()),
                Written.length(moved.z()),
                Written.length(sigmas.x()),
                Written.length(sigmas.y()),
                Written.length(sigmas.z()));
    }

    /** Along x, y, z of the earth; plate may be null. */
    public static Earth earth(Motion motion, Plate plate) {
        Vector moved = relative(motion, plate);
        Vector sigmas = motion.velocityCovariance().sigmas();
        Vector at = motion.position();
        return new Earth(
                Written.length(moved.x()),
                Written.length(moved.y()),
                Written.length(moved.z()),
                Written.length(sigmas.x()),
                Written.length(sigmas.y()),
                Written.length(sigmas.z()),
                at.x(),
                at.y(),
                at.z());
    }

    /** The velocity without what the plate's own is. */
    public static Vector relative(Motion motion, Plate plate) {
        return plate == null
                ? motion.velocity()
                : motion.velocity().minus(plate.velocity(motion.position()));
    }

    public static Facts facts(Motion motion, Plate plate) {
        return new Facts(
                motion.markerLongName(),
                motion.marker(),
                motion.analysisCenter(),
                motion.referenceFrame(),
                motion.software(),
                motion.version(),
                plate == null ? null : plate.name(),
                Written.time(motion.refEpoch()),
                Written.time(motion.startEpoch()),
                Written.time(motion.endEpoch()));
    }
}
