package epos.glass.database;

import java.nio.file.Path;

/** Where the database is and who asks; the password stays in its file until it is needed. */
public record DatabaseSettings(
        String address, int port, String name, String user, Path passwordFile) {

    String url() {
        return "jdbc:postgresql://" + address + ":" + port + "/" + name;
    }
}
