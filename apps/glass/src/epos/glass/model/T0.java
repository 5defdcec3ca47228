package epos.glass.model;

/** What the network of nodes is made of. */
public final class T0 {
    private T0() {}

    public record DataCenter(
            int id,
            String acronym,
            String name,
            String protocol,
            String hostname,
            String rootPath,
            String agency,
            String node) {}

    public record Node(
            int id,
            String name,
            String host,
            Integer port,
            String dbname,
            String url,
            String email,
            String contactName) {}

    /**
     * Rows of a station, or of every one where it is null, and of a tier (T1, T2, T3) go from source
     * to destiny; waiting and failed count the statements of its queue.
     */
    public record Connection(
            int id,
            String source,
            String destiny,
            String station,
            String metadata,
            long waiting,
            long failed) {}
}
