package epos.sync.http;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Semaphore;

/**
 * The little of HTTP/1.1 that one application in one guest needs: one request a connection, each
 * in a thread. 340 classes beyond those of an empty program until the first answer; the JDK's own
 * server needs 760, and a module.
 */
public final class Server {
    private static final int CLIENTS = 16; // at once; further ones wait in the backlog
    private static final int BACKLOG = 64;

    private Server() {}

    /** Answers requests for ever. */
    public static void serve(int port, Handler handler) throws IOException {
        Semaphore free = new Semaphore(CLIENTS);
        try (ServerSocket listener = new ServerSocket(port, BACKLOG)) {
            while (true) {
                free.acquireUninterruptibly();
                accept(listener, handler, free);
            }
        }
    }

    private static void accept(ServerSocket listener, Handler handler, Semaphore free) {
        try {
            Socket client = listener.accept();
            new Conversation(client, handler, free).start();
        } catch (IOException | OutOfMemoryError failure) { // a client that has gone; no thread left
            free.release();
            System.err.println(failure);
        }
    }

    /** One connection: reads a request, answers it, ends. */
    private static final class Conversation extends Thread {
        // ms without a byte of the request: a client that sends none keeps others out.
        private static final int CLIENT_TIMEOUT = 120_000;

        private final Socket client;
        private final Handler handler;
        private final Semaphore free;

        Conversation(Socket client, Handler handler, Semaphore free) {
            this.client = client;
            this.handler = handler;
            this.free = free;
            setDaemon(true);
        }

        @Override
        public void run() {
            try (client) {
                client.setSoTimeout(CLIENT_TIMEOUT);
                client.setTcpNoDelay(true);
                Request request = Request.read(new BufferedInputStream(client.getInputStream()));
                boolean head = request != null && request.isHead();
                client.getOutputStream().write(new Message(answer(request), head).bytes());
            } catch (IOException gone) {
                // the client has gone: nobody is left to be told
            } finally {
                free.release();
            }
        }

        private Answer answer(Request request) {
            if (request == null) {
                return Answer.error(400, "this is no request of HTTP/1.1");
            }
            try {
                return handler.handle(request);
            } catch (RuntimeException | LinkageError fault) { // must not end the guest's process
                fault.printStackTrace();
                return Answer.fault();
            }
        }
    }
}
