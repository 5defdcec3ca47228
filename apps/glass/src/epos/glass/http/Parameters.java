package epos.glass.http;

import epos.glass.query.Page;
import jakarta.servlet.http.HttpServletRequest;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.eclipse.jetty.http.BadMessageException;

/** Reads a request's path and parameters, and refuses what they must not be. */
final class Parameters {
    private static final int MOST_VALUES = 1000; // in a comma list
    private static final int USUAL_PAGE = 100; // records
    private static final int LARGEST_PAGE = 10_000;

    private final Map<String, String> values = new HashMap<>();

    private Parameters() {}

    /** The parameters behind the question mark. */
    static Parameters of(HttpServletRequest request, Known known) {
        Parameters all = new Parameters();
        given(request)
                .forEach(
                        (name, values) ->
                                Stream.of(values).forEach(value -> all.add(known, name, value)));
        return all;
    }

    /** The parameters in a part of a path: key=value&key=value. */
    static Parameters ofPairs(String pairs, Known known) {
        Parameters all = new Parameters();
        for (String pair : pairs.split("&", -1)) {
            int end = pair.indexOf('=');
            if (end < 0 || pair.substring(end + 1).isBlank()) {
                throw new BadRequest("'" + pair + "' is not key=value");
            }
            all.add(known, pair.substring(0, end), pair.substring(end + 1));
        }
        return all;
    }

    private static Map<String, String[]> given(HttpServletRequest request) {
        try {
            return request.getParameterMap();
        } catch (BadMessageException unreadable) {
            throw new BadRequest("the parameters are not percent-encoded UTF-8");
        }
    }

    private void add(Known known, String given, String value) {
        String name = known.nameOf(given);
        if (values.put(name, value) != null) {
            throw new BadRequest("parameter " + name + " is given twice");
        }
    }

    /** The parts of the path behind the servlet's own, decoded. */
    static List<String> path(HttpServletRequest request) {
        String path = request.getPathInfo();
        if (path == null) {
            return List.of();
        }
        return Stream.of(path.split("/")).filter(part -> !part.isEmpty()).toList();
    }

    /** The values of a comma list. */
    static List<String> values(String list) {
        List<String> values =
                Stream.of(list.split(",")).map(String::strip).filter(v -> !v.isEmpty()).toList();
        if (values.isEmpty() || values.size() > MOST_VALUES) {
            throw new BadRequest("'" + list + "': give 1 to " + MOST_VALUES + " values");
        }
        if (list.indexOf('\0') >= 0) {
            throw new BadRequest("a value holds a zero byte");
        }
        return values;
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).filter(value -> !value.isBlank());
    }

    /** A value by what reads it, which is told the name for its message. */
    <T> Optional<T> read(String name, BiFunction<String, String, T> reader) {
        return text(name).map(value -> reader.apply(name, value));
    }

    <T> T required(String name, BiFunction<String, String, T> reader) {
        return read(name, reader)
                .orElseThrow(() -> new BadRequest("parameter " + name + " is missing"));
    }

    boolean hasAnyOf(Known some) {
        return some.names().stream().anyMatch(name -> text(name).isPresent());
    }

    /** page, or after: the id that the page before ended with; and perpage. */
    Page page() {
        boolean follows = text("after").isPresent();
        if (follows && text("page").isPresent()) {
            throw new BadRequest("a page has a number or follows a record: give page or after");
        }
        return new Page(
                integer("page", 0, 0, Integer.MAX_VALUE),
                integer("perpage", USUAL_PAGE, 1, LARGEST_PAGE),
                follows ? integer("after", 0, 0, Integer.MAX_VALUE) : null);
    }

    static double number(String name, String value, double least, double most) {
        try {
            double number = Double.parseDouble(value);
            if (number >= least && number <= most) { // false for NaN
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // said below
        }
        throw new BadRequest(name + "=" + value + ": not a number from " + least + " to " + most);
    }

    int integer(String name, int otherwise, int least, int most) {
        String value = text(name).orElse(null);
        if (value == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // said below
        }
        throw new BadRequest(name + "=" + value + ": not an integer, " + least + " to " + most);
    }

    Optional<LocalDate> day(String name) {
        return read(name, Parameters::day);
    }

    static LocalDate day(String name, String value) {
        try {
            LocalDate day = LocalDate.parse(value);
            if (day.getYear() >= 1900 && day.getYear() <= 9999) { // what PostgreSQL takes as well
                return day;
            }
        } catch (DateTimeParseException notADay) {
            // said below
        }
        throw new BadRequest(name + "=" + value + ": not a day such as 2018-05-13");
    }
}
