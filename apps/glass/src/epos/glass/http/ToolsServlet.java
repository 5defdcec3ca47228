package epos.glass.http;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.util.Jetty;

/** tools/…: which GLASS this is, of what it was built, what it keeps. */
public final class ToolsServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final String VERSION = "1.1.0";
    private static final Map<String, Map<String, Object>> ANSWERS =
            Map.of(
                    "version", Map.of("version", VERSION),
                    "build",
                            Map.of(
                                    "version", VERSION,
                                    "java", Runtime.version().toString(),
                                    "jetty", Jetty.VERSION),
                    // Every answer is read from the database when it is asked for.
                    "cacheStatus", Map.of("cached", 0));

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        List<String> path = Parameters.path(request);
        Map<String, Object> answer = path.size() == 1 ? ANSWERS.get(path.get(0)) : null;
        if (answer == null) {
            throw new NotFound("no such resource: " + request.getRequestURI());
        }
        Parameters.of(request, Known.NOTHING);
        Json.write(response, answer);
    }
}
