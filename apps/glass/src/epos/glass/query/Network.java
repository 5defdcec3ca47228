package epos.glass.query;

import epos.glass.database.Pool;
import epos.glass.model.T0;
import java.io.IOException;

/** Reads T0: nodes, what goes between them, data centres. No user and no password of a node. */
public final class Network {
    private static final String DATA_CENTERS =
            """
            select d.id, d.acronym, d.name, d.protocol, d.hostname, d.root_path, a.name as agency,
                   n.name as node
              from data_center d
              left join agency a on a.id = d.id_agency
              left join node_data_center j on j.id_data_center = d.id
              left join node n on n.id = j.id_node
             order by d.acronym, n.name""";
    private static final String NODES =
            """
            select n.id, n.name, n.host, n.port, n.dbname, n.url, n.email, n.contact_name
              from node n order by n.id""";
    private static final String CONNECTIONS =
            """
            select c.id, o.name as source, d.name as destiny, s.marker as station, c.metadata,
                   (select count(*) from queries q where q.destiny = c.destiny
                       and (q.metadata is null or q.metadata = c.metadata)) as waiting,
                   (select count(*) from failed_queries f where f.destiny = c.destiny) as failed
              from connections c
              join node o on o.id = c.source
              join node d on d.id = c.destiny
              left join station s on s.id = c.station
             order by c.id""";

    private final Pool pool;

    public Network(Pool pool) {
        this.pool = pool;
    }

    public void eachDataCenter(Sink<T0.DataCenter> sink) throws IOException {
        Rows.each(
                pool,
                DATA_CENTERS,
                Condition.ALL,
                row ->
                        new T0.DataCenter(
                                row.getInt("id"),
                                row.getString("acronym"),
                                row.getString("name"),
                                row.getString("protocol"),
                                row.getString("hostname"),
                                row.getString("root_path"),
                                row.getString("agency"),
                                row.getString("node")),
                sink);
    }

    public void eachNode(Sink<T0.Node> sink) throws IOException {
        Rows.each(
                pool,
                NODES,
                Condition.ALL,
                row ->
                        new T0.Node(
                                row.getInt("id"),
                                row.getString("name"),
                                row.getString("host"),
                                row.getObject("port", Integer.class),
                                row.getString("dbname"),
                                row.getString("url"),
                                row.getString("email"),
                                row.getString("contact_name")),
                sink);
    }

    public void eachConnection(Sink<T0.Connection> sink) throws IOException {
        Rows.each(
                pool,
                CONNECTIONS,
                Condition.ALL,
                row ->
                        new T0.Connection(
                                row.getInt("id"),
                                row.getString("source"),
                                row.getString("destiny"),
                                row.getString("station"),
                                row.getString("metadata"),
                                row.getLong("waiting"),
                                row.getLong("failed")),
                sink);
    }
}
