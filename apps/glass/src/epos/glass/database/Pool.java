package epos.glass.database;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.postgresql.Driver;

/**
 * A few connections to the database, opened when first needed and proved before each use, so that
 * neither a database that comes later nor one that restarts needs anything done here.
 */
public final class Pool {
    private static final int MOST = 4; // connections: each costs a process of 2 MB at the database
    private static final int WAIT_S = 10; // for a connection that another request uses
    private static final int PROVE_S = 2; // for an idle connection to show that it lives

    private final DatabaseSettings settings;
    private final Driver driver = new Driver();
    private final Semaphore permits = new Semaphore(MOST, true);
    private final ConcurrentLinkedDeque<Connection> idle = new ConcurrentLinkedDeque<>();

    public Pool(DatabaseSettings settings) {
        this.settings = settings;
    }

    /** What is done with a connection, inside one read-only transaction. */
    @FunctionalInterface
    public interface Work {
        void with(Connection connection) throws SQLException, IOException;
    }

    /**
     * Does the work with a connection nobody else uses meanwhile.
     *
     * @throws DatabaseUnavailable where no connection can be had, or it is lost
     * @throws QueryFailed where the database answers with an error
     */
    public void run(Work work) throws IOException {
        if (!permitted()) {
            throw new DatabaseUnavailable("every connection is busy", null);
        }
        try {
            runPermitted(work);
        } finally {
            permits.release();
        }
    }

    private void runPermitted(Work work) throws IOException {
        Connection connection = connection();
        boolean sound = false;
        try {
            work.with(connection);
            connection.commit();
            sound = true;
        } catch (SQLException failure) {
            throw isLoss(failure)
                    ? new DatabaseUnavailable("connection lost", failure)
                    : new QueryFailed(failure);
        } finally {
            if (sound) {
                idle.push(connection);
            } else {
                closeQuietly(connection); // in the middle of a transaction, or lost
            }
        }
    }

    /** Class 08 is a lost connection, 57P a database that stops or starts. */
    private static boolean isLoss(SQLException failure) {
        String state = String.valueOf(failure.getSQLState());
        return state.startsWith("08") || state.startsWith("57P");
    }

    private boolean permitted() {
        try {
            return permits.tryAcquire(WAIT_S, TimeUnit.SECONDS);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Connection connection() {
        for (Connection used = idle.poll(); used != null; used = idle.poll()) {
            if (lives(used)) {
                return used;
            }
            closeQuietly(used);
        }
        return open();
    }

    private static boolean lives(Connection connection) {
        try {
            return connection.isValid(PROVE_S);
        } catch (SQLException onlyForNegativeTimes) {
            return false;
        }
    }

    private Connection open() {
        Properties properties = new Properties();
        properties.setProperty("user", settings.user());
        properties.setProperty("password", password());
        properties.setProperty("ApplicationName", "glass");
        properties.setProperty("connectTimeout", "5"); // s
        properties.setProperty("socketTimeout", "60"); // s
        // A plan that knows how many stations are asked for, not one for any number of them.
        properties.setProperty("options", "-c plan_cache_mode=force_custom_plan");
        // The database is on the same private network and offers neither: two round trips less.
        properties.setProperty("sslmode", "disable");
        properties.setProperty("gssEncMode", "disable");
        try {
            Connection connection = driver.connect(settings.url(), properties);
            connection.setReadOnly(true);
            connection.setAutoCommit(false); // without, a result is read into memory as a whole
            return connection;
        } catch (SQLException refused) {
            throw new DatabaseUnavailable(
                    "no connection to " + settings.address() + ":" + settings.port(), refused);
        }
    }

    private String password() {
        try { // read each time: a rotated password needs no restart
            return Files.readString(settings.passwordFile()).strip();
        } catch (IOException unreadable) {
            throw new DatabaseUnavailable(
                    "password file " + settings.passwordFile() + " is not readable", unreadable);
        }
    }

    private static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException alreadyGone) {
            // nothing is left to be closed
        }
    }
}
