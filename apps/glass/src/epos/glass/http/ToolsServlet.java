package epos.glass.http;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** tools/version: which GLASS this is. */
public final class ToolsServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final String VERSION = "1.0.0";

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (!Parameters.path(request).equals(List.of("version"))) {
            throw new NotFound("no such resource: " + request.getRequestURI());
        }
        Parameters.of(request, Known.NOTHING);
        Json.write(response, Map.of("version", VERSION));
    }
}
