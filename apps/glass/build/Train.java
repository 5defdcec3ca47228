import epos.glass.Main;
import java.io.IOException;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Runs GLASS once while its image is built, so that the JVM writes down which classes it needs
 * (-XX:DumpLoadedClassList). There is no database at that time: what the driver would load when
 * one answers stands in a file, recorded with -Xlog:class+load from a GLASS that had one.
 */
public final class Train {
    private static final String[] PATHS = {
        "/health",
        "/GlassFramework/webresources/tools/version",
        "/GlassFramework/webresources/stations/v2/station/full/json",
        "/GlassFramework/webresources/stations/v2/station/short/csv",
        "/GlassFramework/webresources/stations/v2/marker/GRAS,DELF/short/json",
        "/GlassFramework/webresources/stations/v2/coordinates/circle/short/csv"
                + "?centerlat=1&centerlon=1&radius=1",
        "/GlassFramework/webresources/stations/v2/station/bbox/-1/-1/1/1",
        "/GlassFramework/webresources/stations/v2/list/network",
        "/GlassFramework/webresources/files/station-marker/GRAS/json"
                + "?epoch_start=2021-01-01&page=1&filtervalidatedfiles=1",
        "/GlassFramework/webresources/files/station-marker/GRAS/csv",
        "/GlassFramework/webresources/files/combination/marker=GRAS&dateRange=2021-01-01,2021-01-02"
                + "/script",
        "/GlassFramework/webresources/files/station-marker/GRAS/xml",
    };

    public static void main(String[] arguments) throws Exception {
        load(Path.of(arguments[0]));
        Thread glass = new Thread(Train::serve);
        glass.start();
        for (String path : PATHS) {
            ask("http://127.0.0.1:" + System.getenv("PORT") + path);
        }
        System.exit(0);
    }

    private static void load(Path names) throws IOException {
        for (String name : Files.readAllLines(names)) {
            try {
                Class.forName(name, false, Train.class.getClassLoader());
            } catch (ClassNotFoundException renamed) {
                System.err.println("not in this version: " + name);
            }
        }
    }

    private static void serve() {
        try {
            Main.main(new String[0]);
        } catch (Exception failure) {
            failure.printStackTrace();
            System.exit(1);
        }
    }

    /** Any answer will do: without a database most are 503. */
    private static void ask(String address) throws Exception {
        URLConnection connection = URI.create(address).toURL().openConnection();
        for (int attempt = 0; attempt < 100; attempt++) {
            try {
                connection.getHeaderField(0);
                if (((java.net.HttpURLConnection) connection).getResponseCode() > 0) {
                    return;
                }
            } catch (IOException notYet) {
                Thread.sleep(100);
                connection = URI.create(address).toURL().openConnection();
            }
        }
        throw new IOException(address + " does not answer");
    }
}
