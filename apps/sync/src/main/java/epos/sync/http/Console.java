package epos.sync.http;

/** What is printed: one line for each message, without what a terminal would obey. */
public final class Console {
    private Console() {}

    public static void say(String text) {
        StringBuilder line = new StringBuilder("EPOS_Sync_System: ");
        for (int at = 0; at < text.length(); at++) {
            char one = text.charAt(at);
            if (Character.isISOControl(one) || Character.isSurrogate(one) || one == '\u2028') {
                line.append(String.format("\\u%04x", (int) one));
            } else {
                line.append(one);
            }
        }
        System.err.println(line);
    }

    /** A fault of this program, with where it happened. */
    public static void say(Throwable fault) {
        say(fault.toString());
        for (StackTraceElement place : fault.getStackTrace()) {
            System.err.println("    at " + place);
        }
    }
}
