package epos.sync;

import epos.sync.database.Login;
import epos.sync.database.Password;
import java.util.Map;

/** What the environment variables say; README.md describes each. Read when it is needed. */
public record Settings(Map<String, String> environment) {
    private static final int POSTGRESQL = 5432;

    /** Gives the port to listen on. */
    public int port() {
        return port("PORT", 4000);
    }

    /**
     * Says where the node's own database is.
     *
     * @throws WrongSettings naming the variable that is missing or wrong
     */
    public Login node() {
        String address = text("DATABASE_ADDRESS", null);
        if (address == null) {
            throw new WrongSettings("environment variable DATABASE_ADDRESS is not set");
        }
        int colon = address.indexOf(':');
        String host = colon < 0 ? address : address.substring(0, colon);
        int port = port("DATABASE_PORT", POSTGRESQL);
        return new Login(
                host,
                colon < 0 ? port : number("DATABASE_ADDRESS", address.substring(colon + 1)),
                text("DATABASE_NAME", "gnss-europe-v0-2-14"),
                text("DATABASE_USER", "epos_app"),
                Password.inFile(
                        text("DATABASE_PASSWORD_FILE", "/run/secrets/database_password")),
                "disable"); // the node's own network, where the server offers none
    }

    /**
     * Says where a destination is: as its row of table node says, else as GATEWAY_… say, else on
     * the node's own server.
     *
     * @param row columns host, port, dbname, username and password; absent where null
     * @throws WrongSettings where a password is missing or the destination is the node itself
     */
    public Login destination(String name, Map<String, String> row) {
        Login node = node();
        String host = first(row.get("host"), text("GATEWAY_ADDRESS", node.host()));
        boolean ours = host.equals(node.host());
        Login login =
                new Login(
                        host,
                        row.get("port") != null
                                ? number("port of node " + name, row.get("port"))
                                : port("GATEWAY_PORT", ours ? node.port() : POSTGRESQL),
                        first(row.get("dbname"), text("GATEWAY_NAME", "gnss-europe-gateway")),
                        first(row.get("username"), text("GATEWAY_USER", node.user())),
                        password(name, row.get("password"), ours ? node.password() : null),
                        text("GATEWAY_SSLMODE", ours ? "disable" : "prefer"));
        if (login.isSameDatabase(node)) {
            throw new WrongSettings("node " + name + " is this node's own database: correct it");
        }
        return login;
    }

    /** The node's own password goes to its own server only. */
    private Password password(String name, String inRow, Password own) {
        if (inRow != null) {
            return Password.of(inRow);
        }
        String file = text("GATEWAY_PASSWORD_FILE", null);
        if (file != null) {
            return Password.inFile(file);
        }
        if (own == null) {
            throw new WrongSettings(
                    "no password for node " + name + ": write it into its row of table node,"
                            + " or name its file as GATEWAY_PASSWORD_FILE");
        }
        return own;
    }

    private static String first(String one, String other) {
        return one == null || one.isBlank() ? other : one;
    }

    private String text(String name, String otherwise) {
        return first(environment.get(name), otherwise);
    }

    private int port(String name, int otherwise) {
        String text = text(name, null);
        return text == null ? otherwise : number(name, text);
    }

    private static int number(String name, String text) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 1 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException notANumber) {
            // said below
        }
        throw new WrongSettings(name + "=" + text + ": not a port, 1 to 65535");
    }
}
