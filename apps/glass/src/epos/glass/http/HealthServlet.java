package epos.glass.http;

import epos.glass.database.Pool;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.sql.Statement;
import java.util.Map;

/** /health: {"status": "ok"} where the database answers, 503 where it does not. */
public final class HealthServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private final transient Pool pool;

    public HealthServlet(Pool pool) {
        this.pool = pool;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        pool.run(
                connection -> {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("select 1");
                    }
                });
        Json.write(response, Map.of("status", "ok"));
    }
}
