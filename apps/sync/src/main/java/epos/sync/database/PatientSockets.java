package epos.sync.database;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/** Sockets whose wait ends when the other machine answers no probe for two minutes. */
public final class PatientSockets extends SocketFactory {
    private static final int SILENT = 60; // s
    private static final int PROBES = 4;
    private static final int BETWEEN_PROBES = 15; // s
    static final int GONE = SILENT + PROBES * BETWEEN_PROBES; // s

    /** Gives one that is not connected yet; the driver connects it, and asks for the probes. */
    @Override
    public Socket createSocket() throws IOException {
        Socket socket = new Socket();
        socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, SILENT);
        socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, PROBES);
        socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, BETWEEN_PROBES);
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
        throw new UnsupportedOperationException();
    }
}
