package epos.glass.model;

import java.util.Arrays;
import java.util.List;

/** A file as the API gives it; size in bytes, md5Uncompressed after Hatanaka expansion too. */
public record RinexFile(
        String name,
        String url,
        long fileSize,
        String md5Checksum,
        String md5Uncompressed,
        FileType fileType,
        String referenceDate,
        String publishedDate,
        String creationDate,
        String revisionDate,
        String relativePath,
        int status,
        DataCenter dataCenter)
        implements Tabular {

    public static final String CSV_HEADER =
            "name, file_size, md5_checksum, md5_uncompressed, format, sampling_window,"
                    + " sampling_frequency, reference_date, published_date, creation_date,"
                    + " revision_date, relative_path, status, data_center, url";

    @Override
    public List<Object> cells() {
        return Arrays.asList(
                name,
                fileSize,
                md5Checksum,
                md5Uncompressed,
                fileType.format(),
                fileType.samplingWindow(),
                fileType.samplingFrequency(),
                referenceDate,
                publishedDate,
                creationDate,
                revisionDate,
                relativePath,
                status,
                dataCenter.acronym(),
                url);
    }
}
