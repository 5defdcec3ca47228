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
    private String carry; // read once: it is looked for in every entry

    Kind(String label, String tier) {
        this.label = label;
        this.tier = tier;
    }

    String read() {
        return resource("read");
    }

    String carry() {
        if (carry == null) {
            carry = resource("carry");
        }
        return carry;
    }

    /**
     * Makes a function of the session with what carries one: PostgreSQL plans the statements of a
     * function once, those of a text each time.
     */
    String function() {
        String statements = carry().replace("do $$", "").replace("$$;", ";");
        return "create function pg_temp.carry_" + label
                + "() returns void language plpgsql as $carry$ begin\n" + statements
                + "end $carry$;\n";
    }

    /** Calls it. */
    String call() {
        return "select from pg_temp.carry_" + label + "();\n";
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
