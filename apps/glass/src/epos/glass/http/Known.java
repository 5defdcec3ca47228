package epos.glass.http;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The parameters that a route knows: any other is refused, so that none is ever ignored. */
record Known(List<String> names) {
    static final Known NOTHING = of();
    static final Known RECTANGLE = of("minLat", "maxLat", "minLon", "maxLon");
    static final Known CIRCLE = of("centerLat", "centerLon", "radius");
    static final Known POLYGON = of("polygon");
    static final Known NUMBERED = of("page", "perpage");
    static final Known PAGES = NUMBERED.and(of("after"));

    static Known of(String... names) {
        return new Known(List.of(names));
    }

    Known and(Known more) {
        return new Known(Stream.concat(names.stream(), more.names.stream()).toList());
    }

    /** The name of what clients write as minLat, minlat or min_lat. */
    String nameOf(String given) {
        return named("parameter", given);
    }

    /** The same of something that is no parameter. */
    String named(String what, String given) {
        return names.stream()
                .filter(name -> plain(name).equals(plain(given)))
                .findFirst()
                .orElseThrow(() -> unknown(what, given));
    }

    private BadRequest unknown(String what, String given) {
        String hint =
                names.stream()
                        .min(Comparator.comparing(name -> edits(plain(name), plain(given))))
                        .map(nearest -> "did you mean " + nearest + "?")
                        .orElse("none is known here");
        return new BadRequest("unknown " + what + " '" + given + "': " + hint);
    }

    /** How many characters must be added, removed or replaced (Levenshtein). */
    private static int edits(String from, String to) {
        int[] before = new int[to.length() + 1];
        Arrays.setAll(before, column -> column);
        for (int row = 1; row <= from.length(); row++) {
            int[] now = new int[to.length() + 1];
            now[0] = row;
            for (int column = 1; column <= to.length(); column++) {
                int replaced = from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1;
                now[column] =
                        Math.min(
                                before[column - 1] + replaced,
                                1 + Math.min(before[column], now[column - 1]));
            }
            before = now;
        }
        return before[to.length()];
    }

    /** Clients of different years write the same in different ways. */
    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replace("_", "");
    }
}
