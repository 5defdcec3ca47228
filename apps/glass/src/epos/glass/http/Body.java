package epos.glass.http;

import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/** The text of an answer. */
final class Body {
    private Body() {}

    /**
     * Begins it. The servlets' own writer keeps silent where the client has left, and all that is
     * asked would be read for nobody; this one throws.
     */
    static Writer begin(HttpServletResponse response, String type) throws IOException {
        response.setContentType(type);
        response.setCharacterEncoding("UTF-8");
        return new BufferedWriter(
                new OutputStreamWriter(response.getOutputStream(), StandardCharsets.UTF_8));
    }
}
