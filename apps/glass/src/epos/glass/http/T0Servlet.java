package epos.glass.http;

import epos.glass.query.Network;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;

/** t0-manager/…: what is known of the network of nodes. This GLASS only reads. */
public final class T0Servlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Known VERBS =
            Known.of("getDataCenter", "getNode", "getConnection");

    private final transient Network network;

    public T0Servlet(Network network) {
        this.network = network;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        List<String> path = Parameters.path(request);
        if (path.size() != 1 || !VERBS.names().contains(path.get(0))) {
            throw new NotFound(
                    "no such resource: use one of " + VERBS.names()
                            + "; what changes the network of nodes is NodeManager's API");
        }
        Parameters.of(request, Known.NOTHING);
        switch (path.get(0)) {
            case "getDataCenter" -> Answer.json(response, Json.FULL, network::eachDataCenter);
            case "getNode" -> Answer.json(response, Json.FULL, network::eachNode);
            default -> Answer.json(response, Json.FULL, network::eachConnection);
        }
    }
}
