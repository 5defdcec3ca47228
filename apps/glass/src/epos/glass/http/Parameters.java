package epos.glass.http;

import jakarta.servlet.http.HttpServletRequest;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads a request's path and parameters, and refuses what they must not be. */
final class Parameters {
    private static final int MOST_VALUES = 1000; // in a comma list

    private final HttpServletRequest request;

    Parameters(HttpServletRequest request) {
        this.request = request;
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
        return Optional.ofNullable(request.getParameter(name)).filter(value -> !value.isBlank());
    }

    Optional<Double> number(String name, double least, double most) {
        return text(name).map(value -> number(name, value, least, most));
    }

    double requiredNumber(String name, double least, double most) {
        return number(name, least, most)
                .orElseThrow(() -> new BadRequest("parameter " + name + " is missing"));
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
        return text(name).map(value -> day(name, value));
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
