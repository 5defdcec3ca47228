package epos.glass.geodesy;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A tectonic plate and how it turns: the rotation vectors of the ITRF2014 plate motion model
 * (Altamimi et al. 2017, doi 10.1093/gji/ggx136, table 1), in milliseconds of arc a year.
 */
public enum Plate {
    ANTA(-0.248, -0.324, 0.675),
    ARAB(1.154, -0.136, 1.444),
    AUST(1.510, 1.182, 1.215),
    EURA(-0.085, -0.531, 0.770),
    INDI(1.154, -0.005, 1.454),
    NAZC(-0.333, -1.544, 1.623),
    NOAM(0.024, -0.694, -0.063),
    NUBI(0.099, -0.614, 0.733),
    PCFC(-0.409, 1.047, -2.169),
    SOAM(-0.270, -0.301, -0.140),
    SOMA(-0.121, -0.794, 0.884);

    private static final double RADIANS = Math.toRadians(1.0 / 3_600_000); // of 0.001 arc seconds

    private final Vector rotation; // 0.001 arc seconds a year

    Plate(double x, double y, double z) {
        rotation = new Vector(x, y, z);
    }

    /**
     * The plate of this name, in any case.
     *
     * @throws IllegalArgumentException naming those there are
     */
    public static Plate named(String name) {
        return Arrays.stream(values())
                .filter(plate -> plate.name().equals(name.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("use one of " + names()));
    }

    /** How a point that is fixed to the plate moves: x, y, z in m a year. */
    public Vector velocity(Vector position) {
        return rotation.cross(position).times(RADIANS);
    }

    private static String names() {
        return Arrays.stream(values()).map(Plate::name).collect(Collectors.joining(", "));
    }
}
