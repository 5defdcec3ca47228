package epos.glass.http;

import epos.glass.model.RinexFile;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Writer;
import java.util.Locale;

/** Writes a shell script that fetches files and verifies them; half a script says that it is. */
final class Script {
    private static final String BEGIN =
            """
            #!/bin/sh
            # Fetches files into the folder it is run in, and keeps those whose MD5 is right; those
            # that are there already it leaves. Needs curl and md5sum. Status 1: one is missing.
            set -u
            failed=0
            trap 'echo "ended early: interrupted, or the script is cut off" >&2; exit 1' EXIT

            say() {
                printf '%s\\n' "$1" | LC_ALL=C tr -c '[:print:]\\n' '?' >&2
            }

            right() {  # FILE MD5
                [ -f "$1" ] && [ "$(md5sum <"$1" | cut -c 1-32)" = "$2" ]
            }

            fetch() {  # URL NAME MD5
                case $2 in
                '' | . | .. | */*)
                    say "$2: refused as the name of a file"
                    failed=1
                    return
                    ;;
                esac
                if right "./$2" "$3"; then return; fi
                if curl --globoff --proto '=http,https,ftp,ftps' --fail --location --silent \\
                    --show-error --output "./$2.part" --url "$1" && right "./$2.part" "$3"; then
                    mv -f "./$2.part" "./$2"
                else
                    say "$2: not fetched, or its MD5 is wrong"
                    rm -f "./$2.part"
                    failed=1
                fi
            }

            """;
    private static final String END =
            """

            trap - EXIT
            exit "$failed"
            """;

    private Script() {}

    static void write(HttpServletResponse response, Answer.Source<RinexFile> source)
            throws IOException {
        Writer writer = Body.begin(response, "text/x-shellscript");
        writer.append(BEGIN);
        source.to(
                file ->
                        writer.append("fetch ")
                                .append(quoted(file.url()))
                                .append(' ')
                                .append(quoted(file.name()))
                                .append(' ')
                                .append(quoted(file.md5Checksum().toLowerCase(Locale.ROOT)))
                                .append('\n'));
        writer.append(END);
        writer.flush();
    }

    /** One word for the shell, whatever it holds. */
    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
