package epos.glass.query;

import java.io.IOException;

/** Takes the records of an answer, one after the other. */
@FunctionalInterface
public interface Sink<T> {
    void accept(T record) throws IOException;
}
