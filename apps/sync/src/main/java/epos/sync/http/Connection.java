package epos.sync.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A connection, and how far it is: it is heard, then answered. */
final class Connection {
    private static final long WITHIN = 20_000; // ms for a request, and without taking of the answer
    private static final long REFUSED_WITHIN = 2_000; // ms for the rest of what is refused

    private final SocketChannel channel;
    private final InetAddress address;
    private final Incoming incoming = new Incoming();
    private ByteBuffer answer; // null while the request is heard
    private boolean unread; // the rest of the request is still to come
    private boolean busy; // a thread makes the answer
    private long ends;
    private long moved;

    Connection(SocketChannel channel) throws IOException {
        this.channel = channel;
        this.address = ((InetSocketAddress) channel.getRemoteAddress()).getAddress();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        stay(WITHIN);
    }

    SocketChannel channel() {
        return channel;
    }

    boolean isFrom(Connection other) {
        return address.equals(other.address);
    }

    boolean isBusy() {
        return busy;
    }

    boolean isAnswered() {
        return answer != null;
    }

    boolean isLate(long now) {
        return !busy && now > ends;
    }

    /** When it moved last, in ms of a clock of its own. */
    long moved() {
        return moved;
    }

    void becomeBusy() {
        busy = true;
    }

    /** Reads what has come; gives the request when it is whole. */
    Request hear(ByteBuffer buffer) throws IOException, Refused, Gone {
        buffer.clear();
        if (channel.read(buffer) < 0) {
            throw new Gone();
        }
        buffer.flip();
        return isAnswered() ? null : incoming.take(buffer); // of what is refused nothing is kept
    }

    /** Takes the answer that is to be sent. */
    void answer(Answer what, boolean headOnly) {
        busy = false;
        answer = ByteBuffer.wrap(new Message(what, headOnly).bytes());
        stay(WITHIN);
    }

    void refuse(Answer what) {
        unread = true;
        answer(what, false);
    }

    /** Sends as much as is taken now; true when the connection can be closed. */
    boolean send() throws IOException {
        if (answer.hasRemaining() && channel.write(answer) > 0) {
            stay(WITHIN);
        }
        if (answer.hasRemaining()) {
            return false;
        }
        if (unread) { // the kernel would throw our answer away, were the rest not read
            channel.shutdownOutput();
            stay(REFUSED_WITHIN);
        }
        return !unread;
    }

    /** Whether more of the answer is to be sent. */
    boolean hasMore() {
        return answer != null && answer.hasRemaining();
    }

    /** Ends it; at once, what was not taken is thrown away. */
    void end(boolean atOnce) {
        try (channel) {
            if (atOnce) {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        } catch (IOException gone) {
            // it has ended by itself
        }
    }

    private void stay(long within) {
        moved = System.nanoTime() / 1_000_000;
        ends = moved + within;
    }

    /** The client ended the connection. */
    static final class Gone extends Exception {
        private static final long serialVersionUID = 1;
    }
}
