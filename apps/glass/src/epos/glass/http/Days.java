package epos.glass.http;

import java.time.LocalDate;
import java.util.List;

/** A first and a last day, both included. */
record Days(LocalDate first, LocalDate last) {

    /** FIRST,LAST; where the least is 1, a day may stand for itself. */
    static Days of(String name, String value, int least) {
        List<String> days = Parameters.values(value);
        if (days.size() < least || days.size() > 2) {
            throw new BadRequest(name + ": give two days, such as 2018-05-13,2018-05-20");
        }
        return between(
                name,
                Parameters.day(name, days.get(0)),
                Parameters.day(name, days.get(days.size() - 1)));
    }

    static Days between(String name, LocalDate first, LocalDate last) {
        if (last.isBefore(first)) {
            throw new BadRequest(name + ": " + last + " is before " + first);
        }
        return new Days(first, last);
    }
}
