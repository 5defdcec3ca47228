package epos.sync.carry;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * What is carried. Each has two statements beside the classes: NAME.read.sql gives id, natural key
 * and content of the rows in either database; NAME.carry.sql writes one such content.
 */
enum Kind {
    STRUCTURE("structure", "T2"),
    STATION("station", "T1"),
    FILE("file", "T2"),
    QUALITY("quality", "T3");

    final String label;
    final String tier;

    Kind(String label, String tier) {
        this.label = label;
        this.tier = tier;
    }

    String read() {
        return resource("read");
    }

    String carry() {
        return resource("carry");
    }

    private String resource(String verb) {
        String name = label + "." + verb + ".sql";
        try (InputStream stream = Kind.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(name, unreadable);
        }
    }
}
