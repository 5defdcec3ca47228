package epos.glass.http;

import epos.glass.query.Chosen;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Tells in a header where the next page is: Link: <?perpage=100&after=17>; rel="next" (RFC 8288). */
final class NextPage {
    private NextPage() {}

    /** Must come before the answer's body. */
    static void tell(HttpServletRequest request, HttpServletResponse response, Chosen chosen) {
        if (chosen.next() == null) {
            return;
        }
        String given = request.getQueryString() == null ? "" : request.getQueryString();
        String query =
                Stream.concat(
                                Stream.of(given.split("&")).filter(NextPage::stays),
                                Stream.of("after=" + chosen.next()))
                        .collect(Collectors.joining("&"));
        response.setHeader("Link", "<?" + query + ">; rel=\"next\"");
    }

    private static boolean stays(String pair) {
        String name = pair.substring(0, Math.max(pair.indexOf('='), 0));
        return !name.isEmpty() && !name.equalsIgnoreCase("page") && !name.equalsIgnoreCase("after");
    }
}
