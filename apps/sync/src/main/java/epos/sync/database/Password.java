package epos.sync.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A password, or the file it is in; that is read at each connection, so it may be rotated. */
public final class Password {
    private final String text;
    private final Path file;

    private Password(String text, Path file) {
        this.text = text;
        this.file = file;
    }

    public static Password of(String text) {
        return new Password(text, null);
    }

    public static Password inFile(String path) {
        return new Password(null, Path.of(path));
    }

    String read() {
        if (text != null) {
            return text;
        }
        try {
            return Files.readString(file).strip();
        } catch (IOException unreadable) {
            throw new Unreachable("the password file " + file + " is not readable");
        }
    }
}
