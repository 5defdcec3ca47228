package epos.glass.model;

import java.util.List;

/** Can be a line of a table. */
public interface Tabular {
    /** The cells of the line, null where a value is unknown. */
    List<Object> cells();
}
