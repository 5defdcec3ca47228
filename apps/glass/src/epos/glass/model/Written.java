package epos.glass.model;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;

/** How the API writes times and numbers. */
public final class Written {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");
    private static final double LENGTHS = 1e5; // in a m: products have five decimals
    private static final double RATIOS = 1e6;

    private Written() {}

    /** "1995-02-10 00:00:00", or null. */
    public static String time(LocalDateTime time) {
        return time == null ? null : time.format(TIME);
    }

    /** In m, to 0.01 mm: the rest of the digits is of the arithmetic. */
    public static double length(double metres) {
        return Math.round(metres * LENGTHS) / LENGTHS;
    }

    /** A correlation. */
    public static double ratio(double value) {
        return Math.round(value * RATIOS) / RATIOS;
    }
}
