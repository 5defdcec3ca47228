package epos.glass.http;

import epos.glass.query.Logs;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;

/** log/MARKERS and log/geodesyml/MARKER: the logs of stations, as their authors wrote them. */
public final class LogServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private final transient Logs logs;

    public LogServlet(Logs logs) {
        this.logs = logs;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        List<String> path = Parameters.path(request);
        Parameters.of(request, Known.NOTHING);
        if (path.size() == 1) {
            answer("IGS site log", path.get(0), "text/plain", response);
        } else if (path.size() == 2 && path.get(0).equals("geodesyml")) {
            if (Parameters.values(path.get(1)).size() > 1) {
                throw new BadRequest("one document holds one station: give one marker");
            }
            answer("GeodesyML", path.get(1), "application/xml", response);
        } else {
            throw new NotFound("no such resource: " + request.getRequestURI());
        }
    }

    /** One after the other; 204 where there is none. */
    private void answer(String type, String markers, String mediaType, HttpServletResponse response)
            throws IOException {
        List<String> found = new ArrayList<>();
        logs.each(type, Parameters.values(markers), found::add);
        if (found.isEmpty()) {
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
            return;
        }
        Writer writer = Body.begin(response, mediaType);
        for (String text : found) {
            writer.append(text).append(text.endsWith("\n") ? "" : "\n");
        }
        writer.flush();
    }
}
