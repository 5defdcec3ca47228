package epos.glass;

import epos.glass.database.Pool;
import epos.glass.http.ErrorFilter;
import epos.glass.http.FilesServlet;
import epos.glass.http.HealthServlet;
import epos.glass.http.JsonErrors;
import epos.glass.http.LogServlet;
import epos.glass.http.NoSuchServlet;
import epos.glass.http.OlderServlet;
import epos.glass.http.ProductsServlet;
import epos.glass.http.StationsServlet;
import epos.glass.http.T0Servlet;
import epos.glass.http.ToolsServlet;
import epos.glass.query.Choices;
import epos.glass.query.Files;
import epos.glass.query.Lists;
import epos.glass.query.Logs;
import epos.glass.query.Network;
import epos.glass.query.Series;
import epos.glass.query.Stations;
import epos.glass.query.Velocities;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Starts GLASS: answers at once; the database is connected to when the first request needs it. */
public final class Main {
    private static final String BASE = "/GlassFramework/webresources";
    private static final int MOST_THREADS = 12; // 1 acceptor, 1 selector, the rest for requests
    private static final int LEAST_THREADS = 4;
    private static final int IDLE_THREAD_MS = 10_000;

    private Main() {}

    public static void main(String[] arguments) throws Exception {
        Settings settings = Settings.from(System.getenv());
        Server server = server(settings.port(), new Pool(settings.database()));
        server.start();
        server.join();
    }

    private static Server server(int port, Pool pool) {
        Server server = new Server(new QueuedThreadPool(MOST_THREADS, LEAST_THREADS, IDLE_THREAD_MS));
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        ServerConnector connector =
                new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setPort(port);
        server.addConnector(connector);
        server.setHandler(routes(pool));
        server.setErrorHandler(new JsonErrors());
        server.setStopAtShutdown(true);
        return server;
    }

    private static void serve(ServletContextHandler routes, String path, HttpServlet servlet) {
        routes.addServlet(new ServletHolder(servlet), BASE + path);
    }

    private static ServletContextHandler routes(Pool pool) {
        ServletContextHandler routes = new ServletContextHandler("/");
        routes.addFilter(
                new FilterHolder(new ErrorFilter()), "/*", EnumSet.of(DispatcherType.REQUEST));
        Stations stations = new Stations(pool);
        Files files = new Files(pool);
        serve(routes, "/stations/v2/*", new StationsServlet(stations, new Lists(pool)));
        serve(routes, "/stations/*", new OlderServlet(stations, files));
        serve(routes, "/files/*", new FilesServlet(files));
        serve(
                routes,
                "/products/*",
                new ProductsServlet(
                        new Series(pool), new Velocities(pool), new Choices(pool), stations));
        serve(routes, "/log/*", new LogServlet(new Logs(pool)));
        serve(routes, "/t0-manager/*", new T0Servlet(new Network(pool)));
        serve(routes, "/tools/*", new ToolsServlet());
        routes.addServlet(new ServletHolder(new HealthServlet(pool)), "/health");
        routes.addServlet(new ServletHolder(new NoSuchServlet()), "/*");
        return routes;
    }
}
