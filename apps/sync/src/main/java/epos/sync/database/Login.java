package epos.sync.database;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import jdk.net.ExtendedSocketOptions;

/**
 * Where a database is and who asks.
 *
 * @param sslMode as PostgreSQL's clients call it: disable, prefer, require, …
 */
public record Login(
        String host, int port, String name, String user, Password password, String sslMode) {
    private static final int PROTOCOL = 3 << 16;
    private static final int ENCRYPT = 80877103; // instead of a protocol: whether TLS is spoken
    private static final int STARTING_TRIES = 120; // a second each: a database that recovers
    // No limit to how long a database takes for a login or a statement. What ends a wait is that
    // its machine does not answer for two minutes: to connections, or to the kernel's probes.
    private static final int SILENT = 60; // s
    private static final int PROBES = 4;
    private static final int BETWEEN_PROBES = 15; // s

    /**
     * Connects.
     *
     * @throws Unreachable where that is not possible
     */
    public Session open() {
        try {
            Refused starting = null;
            for (int attempt = 0; attempt < STARTING_TRIES; attempt++) {
                try {
                    return start();
                } catch (Refused refused) {
                    if (!refused.isStarting()) {
                        throw refused;
                    }
                    starting = refused;
                    Thread.sleep(1000);
                }
            }
            throw starting;
        } catch (IOException | Refused | GeneralSecurityException | InterruptedException failure) {
            System.err.println(failure);
            throw new Unreachable("no connection to " + where() + ": " + failure.getMessage());
        }
    }

    private Session start() throws IOException, Refused, GeneralSecurityException {
        Socket socket = connected();
        try {
            if (!sslMode.equals("disable")) {
                socket = encrypted(socket);
            }
            Wire wire = new Wire(socket);
            wire.begin(0).number(PROTOCOL).text("user").text(user).text("database").text(name)
                    .text("application_name").text("EPOS_Sync_System")
                    .text("client_encoding").text("UTF8").text("").end();
            wire.flush();
            authenticate(wire);
            return new Session(socket, wire);
        } catch (IOException | Refused | GeneralSecurityException | RuntimeException failure) {
            socket.close();
            throw failure;
        }
    }

    private Socket connected() throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(host, port), (SILENT + PROBES * BETWEEN_PROBES) * 1000);
        socket.setTcpNoDelay(true);
        socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, SILENT);
        socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, PROBES);
        socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, BETWEEN_PROBES);
        return socket;
    }

    private Socket encrypted(Socket socket) throws IOException {
        Wire wire = new Wire(socket);
        wire.begin(0).number(ENCRYPT).end();
        wire.flush();
        if (wire.answer() == 'S') {
            return Encryption.over(socket, host, port, sslMode);
        }
        if (sslMode.equals("prefer") || sslMode.equals("allow")) {
            return socket;
        }
        throw new IOException("the server offers no TLS, which " + sslMode + " asks for");
    }

    /** Logs in, and reads up to where the server is ready. */
    private void authenticate(Wire wire) throws IOException, Refused, GeneralSecurityException {
        Scram scram = null;
        for (int type = wire.next(); type != 'Z'; type = wire.next()) {
            if (type == 'E') {
                throw Session.refusal(wire);
            }
            if (type != 'R') {
                continue; // its settings, the key to cancel with, notices
            }
            switch (wire.number()) {
                case 0 -> {
                    if (scram != null && !scram.isServerKnown()) {
                        throw new IOException("the server did not show that it knows the password");
                    }
                }
                case 3 -> send(wire, password.read());
                case 5 -> send(wire, hashed(wire.rest()));
                case 10 -> {
                    scram = new Scram(password.read());
                    byte[] first = scram.first();
                    wire.begin('p').text("SCRAM-SHA-256").number(first.length).raw(first).end();
                    wire.flush();
                }
                case 11 -> {
                    wire.begin('p').raw(scram.proof(wire.rest())).end();
                    wire.flush();
                }
                case 12 -> scram.check(wire.rest());
                default -> throw new IOException("the server asks for a login that is not known");
            }
        }
    }

    private static void send(Wire wire, String answer) throws IOException {
        wire.begin('p').text(answer).end();
        wire.flush();
    }

    /** The answer of older servers' logins: two rounds of MD5. */
    private String hashed(byte[] salt) throws GeneralSecurityException {
        MessageDigest md5 = MessageDigest.getInstance("MD5");
        byte[] once = md5.digest((password.read() + user).getBytes(StandardCharsets.UTF_8));
        md5.update(HexFormat.of().formatHex(once).getBytes(StandardCharsets.US_ASCII));
        return "md5" + HexFormat.of().formatHex(md5.digest(salt));
    }

    public boolean isSameDatabase(Login other) {
        return host.equals(other.host) && port == other.port && name.equals(other.name);
    }

    private String where() {
        return host + ":" + port + "/" + name;
    }
}
