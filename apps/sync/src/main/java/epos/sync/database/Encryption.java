package epos.sync.database;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** TLS over a connection; whether the server's certificate is checked goes by the mode. */
final class Encryption {
    private Encryption() {}

    /**
     * Encrypts.
     *
     * @param mode "verify-full" checks certificate and name, "verify-ca" the certificate; any
     *     other neither, as with PostgreSQL's own clients
     */
    static Socket over(Socket socket, String host, int port, String mode) throws IOException {
        boolean checked = mode.startsWith("verify");
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, checked ? null : new TrustManager[] {new Anyone()}, new SecureRandom());
            SSLSocket encrypted =
                    (SSLSocket) context.getSocketFactory().createSocket(socket, host, port, true);
            if (mode.equals("verify-full")) {
                SSLParameters parameters = encrypted.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                encrypted.setSSLParameters(parameters);
            }
            encrypted.startHandshake();
            return encrypted;
        } catch (GeneralSecurityException without) {
            throw new IOException("no TLS: " + without.getMessage(), without);
        }
    }

    /** Takes every certificate: encryption without authentication. */
    private static final class Anyone implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
