package epos.glass.model;

import epos.glass.geodesy.Covariance;
import epos.glass.geodesy.Vector;
import java.time.LocalDateTime;

/** How a station moves, m a year along x, y, z of the earth; where it was at the epoch, m. */
public record Motion(
        String markerLongName,
        String marker,
        String stationName,
        String analysisCenter,
        String referenceFrame,
        String software,
        String version,
        Vector velocity,
        Covariance velocityCovariance,
        Vector position,
        LocalDateTime refEpoch,
        LocalDateTime startEpoch,
        LocalDateTime endEpoch) {}
