package epos.sync.database;

import java.sql.Connection;
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

    /**
     * Connects.
     *
     * @param queryMode of the driver: "extended", or "simple", with which a text of several
     *     statements goes in one message and is one transaction
     * @throws Unreachable where that is not possible
     */
    public Connection open(String queryMode) {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password.read());
        properties.setProperty("ApplicationName", "EPOS_Sync_System");
        properties.setProperty("preferQueryMode", queryMode);
        properties.setProperty("connectTimeout", "10"); // s
        properties.setProperty("loginTimeout", "20"); // s
        properties.setProperty("socketTimeout", "300"); // s; an emulated database is slow
        properties.setProperty("sslmode", sslMode);
        properties.setProperty("gssEncMode", "disable");
        try {
            return new Driver().connect("jdbc:postgresql://" + where(), properties);
        } catch (SQLException refused) {
            System.err.println(refused + ", " + refused.getCause());
            throw new Unreachable("no connection to " + where() + ": " + refused.getMessage());
        }
    }

    public boolean isSameDatabase(Login other) {
        return host.equals(other.host) && port == other.port && name.equals(other.name);
    }

    private String where() {
        return host + ":" + port + "/" + name;
    }
}
