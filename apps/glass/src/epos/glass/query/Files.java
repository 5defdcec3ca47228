package epos.glass.query;

import epos.glass.database.Pool;
import epos.glass.model.DataCenter;
import epos.glass.model.FileType;
import epos.glass.model.RinexFile;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** Reads RINEX files' metadata. */
public final class Files {
    private static final String COLUMNS =
            """
            select f.name, f.file_size, f.md5checksum, f.md5uncompressed, t.format,
                   t.sampling_window, t.sampling_frequency, f.reference_date, f.published_date,
                   f.creation_date, f.revision_date, f.relative_path, f.status, d.acronym,
                   d.hostname, d.protocol, d.root_path, p.directory_naming
              from rinex_file f
              join station s on s.id = f.id_station
              join file_type t on t.id = f.id_file_type
              join data_center_structure p on p.id = f.id_data_center_structure
              join data_center d on d.id = p.id_data_center
              left join location l on l.id = s.id_location
              left join coordinates c on c.id = l.id_coordinates
              left join city on city.id = l.id_city
              left join state on state.id = city.id_state
              left join country on country.id = state.id_country
            """;

    private final Pool pool;

    public Files(Pool pool) {
        this.pool = pool;
    }

    /** Files for which everything asked for holds, by day and name. */
    public void each(List<FileFilter> wanted, Page page, Sink<RinexFile> sink)
            throws IOException {
        Condition all = Condition.every(wanted.stream().map(FileFilter::condition).toList());
        String sql = COLUMNS + " where " + all.sql() + " order by f.reference_date, f.name, f.id";
        Condition bound = new Condition(all.sql(), page.appendedTo(all.values()));
        Rows.each(pool, sql + page.sql(), bound, Files::file, sink);
    }

    private static RinexFile file(ResultSet row) throws SQLException {
        DataCenter center =
                new DataCenter(
                        row.getString("acronym"),
                        row.getString("hostname"),
                        row.getString("protocol"),
                        new DataCenter.Structure(row.getString("directory_naming")));
        String name = row.getString("name");
        String path = row.getString("relative_path");
        return new RinexFile(
                name,
                center.url(row.getString("root_path"), path, name),
                row.getLong("file_size"),
                row.getString("md5checksum"),
                row.getString("md5uncompressed"),
                new FileType(
                        row.getString("format"),
                        row.getString("sampling_window"),
                        row.getString("sampling_frequency")),
                Columns.time(row, "reference_date"),
                Columns.time(row, "published_date"),
                Columns.time(row, "creation_date"),
                Columns.time(row, "revision_date"),
                path,
                row.getInt("status"),
                center);
    }
}
