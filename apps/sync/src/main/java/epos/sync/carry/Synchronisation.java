package epos.sync.carry;

import epos.sync.Settings;
import epos.sync.WrongSettings;
import epos.sync.database.Session;
import epos.sync.database.Unreachable;
import epos.sync.http.Console;
import java.sql.SQLException;

/** One run: to every destination that a connection of this node leads to. */
public final class Synchronisation {
    private final Settings settings;
    private final Summary summary = new Summary();

    public Synchronisation(Settings settings) {
        this.settings = settings;
    }

    /** Carries what is to be carried; what went wrong is in the summary, nothing is thrown. */
    public Summary run() {
        try (Session node = settings.node().open()) {
            Nodes nodes = Nodes.read(node);
            for (Nodes.Destination destination : nodes.destinations()) {
                carry(node, nodes, destination);
            }
        } catch (Unreachable | WrongSettings failure) {
            summary.error(503, failure.getMessage());
        } catch (SQLException failure) {
            refused("the node's database", failure);
        }
        return summary;
    }

    /** One destination that is away keeps nobody else waiting. */
    private void carry(Session node, Nodes nodes, Nodes.Destination destination)
            throws SQLException {
        String name = destination.name();
        try (Session far = settings.destination(name, destination.row()).openForScripts()) {
            new Transfer(node, far, nodes, destination.id(), summary).run();
        } catch (Unreachable | WrongSettings failure) {
            summary.error(503, name + ": " + failure.getMessage());
        } catch (SQLException failure) {
            if (node.isClosed()) {
                throw failure;
            }
            refused(name, failure);
        }
    }

    private void refused(String who, SQLException failure) {
        Console.say(failure.toString());
        if (Unreachable.is(failure)) {
            summary.error(503, "the connection to " + who + " was lost: the next run finishes");
        } else {
            summary.error(500, who + " refused a statement: " + Session.reason(failure));
        }
    }
}
