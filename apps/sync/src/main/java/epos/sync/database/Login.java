package epos.sync.database;

import epos.sync.http.Console;
import java.sql.SQLException;
import java.util.Properties;
import org.postgresql.Driver;

/**
 * Where a database is and who asks.
 *
 * @param sslMode as PostgreSQL's clients call it: disable, prefer, require, …
 */
public record Login(
        String host, int port, String name, String user, Password password, String sslMode) {
    private static final String STARTING = "57P03"; // PostgreSQL's code of it
    private static final int STARTING_TRIES = 120; // a second each: a database that recovers

    /**
     * Connects; waits for a database that is starting.
     *
     * @throws Unreachable where that is not possible
     */
    public Session open() {
        return open("extended");
    }

    /**
     * Connects likewise; a text of several statements goes in one message and is one transaction.
     *
     * @throws Unreachable where that is not possible
     */
    public Session openForScripts() {
        return open("simple");
    }

    private Session open(String queryMode) {
        Properties properties = properties(queryMode);
        try {
            for (int attempt = 1; ; attempt++) {
                try {
                    return new Session(
                            new Driver().connect("jdbc:postgresql://" + where(), properties));
                } catch (SQLException failure) {
                    if (!STARTING.equals(failure.getSQLState()) || attempt == STARTING_TRIES) {
                        throw failure;
                    }
                    Thread.sleep(1000);
                }
            }
        } catch (SQLException | InterruptedException failure) {
            Console.say(failure + ", " + failure.getCause());
            throw new Unreachable("no connection to " + where() + ": " + failure.getMessage());
        }
    }

    private Properties properties(String queryMode) {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password.read());
        properties.setProperty("ApplicationName", "EPOS_Sync_System");
        properties.setProperty("preferQueryMode", queryMode);
        properties.setProperty("sslmode", sslMode);
        // No limit to how long a database takes for a login or a statement. What ends a wait is
        // that its machine does not answer: to connections, or to the kernel's probes.
        properties.setProperty("connectTimeout", Integer.toString(PatientSockets.GONE));
        properties.setProperty("loginTimeout", "0");
        properties.setProperty("socketTimeout", "0");
        properties.setProperty("sslResponseTimeout", "0");
        properties.setProperty("socketFactory", PatientSockets.class.getName());
        properties.setProperty("tcpKeepAlive", "true");
        // What nothing here needs costs classes and round trips.
        properties.setProperty("gssEncMode", "disable");
        properties.setProperty("assumeMinServerVersion", "9.0");
        properties.setProperty("binaryTransfer", "false");
        return properties;
    }

    public boolean isSameDatabase(Login other) {
        return host.equals(other.host) && port == other.port && name.equals(other.name);
    }

    private String where() {
        return host + ":" + port + "/" + name;
    }
}
