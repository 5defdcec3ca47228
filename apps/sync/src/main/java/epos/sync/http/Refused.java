package epos.sync.http;

/** A request that is not answered as it wishes; the answer says why. */
final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Answer answer;

    Refused(int status, String why) {
        super(why);
        answer = Answer.error(status, why);
    }

    Answer answer() {
        return answer;
    }
}
