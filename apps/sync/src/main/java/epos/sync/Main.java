package epos.sync;

import epos.sync.http.Server;
import java.io.IOException;

/**
 * Starts EPOS_Sync_System: listens at once; the databases are connected to when they are asked for.
 *
 * <p>What runs until the first answer is without lambdas: each makes the JVM generate a class.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws IOException {
        Settings settings = new Settings(System.getenv());
        Server.serve(settings.port(), new Routes(settings));
    }
}
