package epos.glass.http;

import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;

/** Epochs as numbers. */
final class Epochs {
    private static final LocalDateTime MJD_0 = LocalDateTime.of(1858, 11, 17, 0, 0);
    private static final LocalDateTime J2000 = LocalDateTime.of(2000, 1, 1, 12, 0);
    private static final double SECONDS_A_DAY = 86_400;
    private static final double DAYS_A_YEAR = 365.25;

    private Epochs() {}

    /** The modified Julian day, in days. */
    static double mjd(LocalDateTime epoch) {
        return ChronoUnit.SECONDS.between(MJD_0, epoch) / SECONDS_A_DAY;
    }

    /** The Julian year, such as 2018.5. */
    static double year(LocalDateTime epoch) {
        return 2000 + ChronoUnit.SECONDS.between(J2000, epoch) / SECONDS_A_DAY / DAYS_A_YEAR;
    }
}
