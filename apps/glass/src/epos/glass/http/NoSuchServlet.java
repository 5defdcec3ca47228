package epos.glass.http;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** Every path that no other servlet has; what is asked is answered in JSON there as well. */
public final class NoSuchServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) {
        throw new NotFound("no such resource: " + request.getRequestURI());
    }
}
