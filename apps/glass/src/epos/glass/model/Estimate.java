package epos.glass.model;

import epos.glass.geodesy.Covariance;
import epos.glass.geodesy.Vector;
import java.time.LocalDateTime;

/** Where a station was at an epoch: x, y, z of the earth in m, and how certain that is in m². */
public record Estimate(
        LocalDateTime epoch, Vector position, Covariance covariance, boolean outlier) {}
