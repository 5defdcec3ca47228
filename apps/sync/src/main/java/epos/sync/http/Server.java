package epos.sync.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Iterator;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The little of HTTP/1.1 that one application in one guest needs: one request a connection. One
 * thread hears and answers all, so that nobody waits for who is slow; what takes long is left to
 * another. The JDK's own server needs more classes until the first answer, and a module.
 */
public final class Server {
    private static final int BACKLOG = 256;
    private static final int AT_A_TIME = 64; // newcomers, before those that are there go on
    private static final int LOOK = 1000; // ms between two looks at limits

    private final Handler handler;
    private final Selector selector;
    private final ServerSocketChannel listener;
    private final Places places = new Places();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(8192);
    private final ConcurrentLinkedQueue<Work> finished = new ConcurrentLinkedQueue<>();
    private long looked;

    private Server(Handler handler, Selector selector, ServerSocketChannel listener) {
        this.handler = handler;
        this.selector = selector;
        this.listener = listener;
    }

    /** Answers requests for ever. */
    public static void serve(int port, Handler handler) throws IOException {
        try (Selector selector = Selector.open();
                ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(port), BACKLOG);
            listener.configureBlocking(false);
            listener.register(selector, SelectionKey.OP_ACCEPT);
            new Server(handler, selector, listener).run();
        }
    }

    private void run() throws IOException {
        while (true) {
            selector.select(selector.keys().size() > 1 ? LOOK : 0);
            Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
            while (keys.hasNext()) {
                SelectionKey key = keys.next();
                keys.remove();
                if (key.isValid() && key.isAcceptable()) {
                    accept();
                } else if (key.isValid()) {
                    goOn(key, (Connection) key.attachment());
                }
            }
            for (Work work = finished.poll(); work != null; work = finished.poll()) {
                work.connection.answer(work.answer, work.request.isHead());
                goOn(work.key, work.connection);
            }
            lookAtLimits();
        }
    }

    private void accept() {
        try {
            for (int number = 0; number < AT_A_TIME; number++) {
                SocketChannel channel = listener.accept();
                if (channel == null) {
                    return;
                }
                Connection newcomer = new Connection(channel);
                if (places.enter(newcomer)) {
                    goOn(channel.register(selector, SelectionKey.OP_READ, newcomer), newcomer);
                } else {
                    newcomer.end(true);
                }
            }
        } catch (IOException gone) { // a client that has gone
            Console.say(gone.toString());
        }
    }

    private void goOn(SelectionKey key, Connection connection) {
        try {
            if (!connection.hasMore()) {
                hear(key, connection);
            }
            if (connection.hasMore()) {
                send(key, connection);
            }
        } catch (IOException | Connection.Gone gone) {
            places.end(connection, false); // nobody is left to be told
        } catch (RuntimeException | OutOfMemoryError fault) { // must not end the guest's process
            Console.say(fault);
            places.end(connection, true);
        }
    }

    private void hear(SelectionKey key, Connection connection)
            throws IOException, Connection.Gone {
        try {
            Request request = connection.hear(buffer);
            if (request != null && handler.takesLong(request)) {
                key.interestOps(0);
                connection.becomeBusy();
                new Work(key, connection, request).start();
            } else if (request != null) {
                connection.answer(answer(request), request.isHead());
            }
        } catch (Refused refused) {
            connection.refuse(refused.answer());
        }
    }

    private void send(SelectionKey key, Connection connection) throws IOException {
        if (connection.send()) {
            places.end(connection, false);
        } else {
            key.interestOps(connection.hasMore() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }
    }

    private void lookAtLimits() {
        long now = System.nanoTime() / 1_000_000;
        if (now - looked < LOOK) {
            return;
        }
        looked = now;
        for (Connection late : places.late()) {
            if (late.isAnswered()) {
                places.end(late, true);
            } else {
                late.refuse(Answer.error(408, "the whole request did not come in time"));
                goOn(late.channel().keyFor(selector), late);
            }
        }
    }

    private Answer answer(Request request) {
        try {
            return handler.handle(request);
        } catch (RuntimeException | LinkageError fault) { // must not end the guest's process
            Console.say(fault);
            return Answer.fault();
        }
    }

    /** An answer that takes long to make. */
    private final class Work extends Thread {
        private final SelectionKey key;
        private final Connection connection;
        private final Request request;
        private Answer answer;

        Work(SelectionKey key, Connection connection, Request request) {
            this.key = key;
            this.connection = connection;
            this.request = request;
            setDaemon(true);
        }

        @Override
        public void run() {
            answer = answer(request);
            finished.add(this);
            selector.wakeup();
        }
    }
}
