package epos.sync.database;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Base64;

/**
 * How a password is shown to be known without being sent: SCRAM-SHA-256, RFC 5802 and 7677. The
 * thousands of rounds are made once for each salt: the node and a gateway on its server share it.
 */
final class Scram {
    private static final int BLOCK = 64; // bytes, of SHA-256
    private static final int MOST_ROUNDS = 10_000_000; // more are a hostile server's
    private static Salted last;

    private final String password;
    private final String nonce;
    private byte[] expected;
    private boolean known;

    /** The result of the rounds. */
    private record Salted(String password, String salt, int rounds, byte[] key) {}

    Scram(String password) {
        byte[] random = new byte[18];
        new SecureRandom().nextBytes(random);
        this.password = password;
        this.nonce = Base64.getEncoder().encodeToString(random);
    }

    /** The first message: the name of the user goes with the start of the session. */
    byte[] first() {
        return bytes("n,,n=,r=" + nonce);
    }

    /** The proof, for the server's first message: "r=NONCE,s=SALT,i=4096". */
    byte[] proof(byte[] message) throws GeneralSecurityException {
        String said = new String(message, StandardCharsets.UTF_8);
        String[] parts = said.split(",");
        if (parts.length < 3 || !parts[0].startsWith("r=" + nonce)) {
            throw new GeneralSecurityException("the server's SCRAM message is wrong");
        }
        int rounds = Integer.parseInt(parts[2].substring(2));
        if (rounds < 1 || rounds > MOST_ROUNDS) {
            throw new GeneralSecurityException("the server asks for " + rounds + " rounds of SCRAM");
        }
        byte[] salted = salted(parts[1].substring(2), rounds);
        String without = "c=biws," + parts[0]; // "n,,", in base 64
        byte[] signed = bytes("n=,r=" + nonce + "," + said + "," + without);
        byte[] key = new Hmac(salted).of(bytes("Client Key"));
        byte[] proof = new Hmac(MessageDigest.getInstance("SHA-256").digest(key)).of(signed);
        for (int at = 0; at < proof.length; at++) {
            proof[at] ^= key[at];
        }
        expected = new Hmac(new Hmac(salted).of(bytes("Server Key"))).of(signed);
        return bytes(without + ",p=" + Base64.getEncoder().encodeToString(proof));
    }

    /** Checks that the server knows the password as well: "v=SIGNATURE". */
    void check(byte[] message) throws GeneralSecurityException {
        byte[] wanted = bytes("v=" + Base64.getEncoder().encodeToString(expected));
        if (!MessageDigest.isEqual(wanted, message)) {
            throw new GeneralSecurityException("the server does not know the password");
        }
        known = true;
    }

    boolean isServerKnown() {
        return known;
    }

    private byte[] salted(String salt, int rounds) throws GeneralSecurityException {
        synchronized (Scram.class) {
            if (last == null || !last.password.equals(password) || !last.salt.equals(salt)
                    || last.rounds != rounds) {
                last = new Salted(password, salt, rounds, rounds(salt, rounds));
            }
            return last.key;
        }
    }

    private byte[] rounds(String salt, int rounds) throws GeneralSecurityException {
        Hmac hmac = new Hmac(bytes(prepared(password)));
        byte[] begin = Base64.getDecoder().decode(salt);
        byte[] first = Arrays.copyOf(begin, begin.length + 4);
        first[begin.length + 3] = 1;
        byte[] now = hmac.of(first);
        byte[] result = now.clone();
        for (int round = 1; round < rounds; round++) {
            now = hmac.of(now);
            for (int at = 0; at < result.length; at++) {
                result[at] ^= now[at];
            }
        }
        return result;
    }

    /** SASLprep, RFC 4013; what that prohibits PostgreSQL takes as it is. */
    private static String prepared(String password) {
        for (int at = 0; at < password.length(); at++) {
            if (password.charAt(at) > 127) {
                String blanks = password.replaceAll("[\\p{Zs}\u200b]", " ");
                String seen = blanks.replaceAll("[\u00ad\u2060\ufeff\ufe00-\ufe0f]", "");
                return Normalizer.normalize(seen, Normalizer.Form.NFKC);
            }
        }
        return password;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * HMAC of SHA-256, RFC 2104. The two blocks that the key makes are digested once, not in each
     * of the rounds; and the JDK's own would load a hundred classes.
     */
    private static final class Hmac {
        private final MessageDigest inner;
        private final MessageDigest outer;

        Hmac(byte[] key) throws GeneralSecurityException {
            inner = MessageDigest.getInstance("SHA-256");
            outer = MessageDigest.getInstance("SHA-256");
            byte[] block = Arrays.copyOf(key.length > BLOCK ? outer.digest(key) : key, BLOCK);
            for (byte one : block) {
                inner.update((byte) (one ^ 0x36));
                outer.update((byte) (one ^ 0x5c));
            }
        }

        byte[] of(byte[] message) throws GeneralSecurityException {
            try {
                byte[] inside = ((MessageDigest) inner.clone()).digest(message);
                return ((MessageDigest) outer.clone()).digest(inside);
            } catch (CloneNotSupportedException impossible) { // SHA-256 of every JDK can
                throw new GeneralSecurityException(impossible);
            }
        }
    }
}
