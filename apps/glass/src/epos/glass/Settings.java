package epos.glass;

import epos.glass.database.DatabaseSettings;
import java.nio.file.Path;
import java.util.Map;

/** What the environment variables say; app.yaml describes each. */
public record Settings(int port, DatabaseSettings database) {

    /**
     * Reads the settings.
     *
     * @throws IllegalArgumentException naming the variable that is missing or wrong
     */
    public static Settings from(Map<String, String> environment) {
        return new Settings(
                port(environment, "PORT", "8080"),
                new DatabaseSettings(
                        required(environment, "DATABASE_ADDRESS"),
                        port(environment, "DATABASE_PORT", "5432"),
                        environment.getOrDefault("DATABASE_NAME", "gnss-europe-v0-2-14"),
                        environment.getOrDefault("DATABASE_USER", "epos_app"),
                        Path.of(required(environment, "DATABASE_PASSWORD_FILE"))));
    }

    private static String required(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("environment variable " + name + " is not set");
        }
        return value;
    }

    private static int port(Map<String, String> environment, String name, String otherwise) {
        String text = environment.getOrDefault(name, otherwise);
        try {
            int port = Integer.parseInt(text);
            if (port >= 1 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException notANumber) {
            // said below
        }
        throw new IllegalArgumentException(name + "=" + text + ": not a port, 1 to 65535");
    }
}
