package epos.glass.http;

import com.google.gson.JsonIOException;
import epos.glass.database.DatabaseUnavailable;
import epos.glass.database.QueryFailed;
import epos.glass.query.Gone;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.eclipse.jetty.io.EofException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns what went wrong into a status and {"error": "…"}; nothing internal is told. */
public final class ErrorFilter extends HttpFilter {
    private static final long serialVersionUID = 1L;
    private static final Set<String> READING = Set.of("GET", "HEAD");
    private static final Logger LOG = LoggerFactory.getLogger(ErrorFilter.class);

    @Override
    protected void doFilter(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        response.setHeader("X-Content-Type-Options", "nosniff");
        if (!READING.contains(request.getMethod())) {
            response.setHeader("Allow", String.join(", ", READING));
            answer(response, 405, request.getMethod() + ": GLASS only reads");
            return;
        }
        try {
            chain.doFilter(request, response);
        } catch (BadRequest wrong) {
            answer(response, 400, wrong.getMessage());
        } catch (Gone wrong) {
            answer(response, 400, wrong.getMessage());
        } catch (NotFound missing) {
            answer(response, 404, missing.getMessage());
        } catch (DatabaseUnavailable away) {
            LOG.warn("{}: {}", request.getRequestURI(), reason(away));
            abortIfBegun(response, away);
            response.setHeader("Retry-After", "5");
            answer(response, 503, "the database cannot be reached, ask again later");
        } catch (QueryFailed failure) {
            LOG.error("{}: {}", request.getRequestURI(), failure.getMessage());
            abortIfBegun(response, failure);
            answer(response, 500, "the database refused the query");
        } catch (IOException | JsonIOException left) {
            LOG.debug("{}: the client has left", request.getRequestURI());
            throw new EofException(left); // ends the connection, and no log tells of it
        } catch (RuntimeException | LinkageError fault) {
            LOG.error(request.getRequestURI(), fault);
            abortIfBegun(response, fault);
            answer(response, 500, "a fault in GLASS, see its log");
        }
    }

    /** Half an answer must not look like a whole one: the container cuts the connection. */
    private static void abortIfBegun(HttpServletResponse response, Throwable failure)
            throws ServletException {
        if (response.isCommitted()) {
            throw new ServletException(failure);
        }
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure.getMessage() + (cause == null ? "" : ": " + cause.getMessage());
    }

    private static void answer(HttpServletResponse response, int status, String message)
            throws IOException {
        response.resetBuffer();
        response.setStatus(status);
        Json.write(response, Map.of("error", message));
    }
}
