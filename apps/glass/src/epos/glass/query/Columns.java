package epos.glass.query;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import epos.glass.geodesy.Vector;
import epos.glass.model.Written;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDateTime;

/** Reads columns as the API writes them. */
final class Columns {
    private Columns() {}

    /** "1995-02-10 00:00:00", or null. */
    static String time(ResultSet row, String column) throws SQLException {
        return Written.time(row.getObject(column, LocalDateTime.class));
    }

    /** JSON, or null. */
    static JsonElement json(ResultSet row, String column) throws SQLException {
        String text = row.getString(column);
        return text == null ? null : JsonParser.parseString(text);
    }

    /** Three numbers; unknown ones are 0. */
    static Vector vector(ResultSet row, String x, String y, String z) throws SQLException {
        return new Vector(row.getDouble(x), row.getDouble(y), row.getDouble(z));
    }
}
