package epos.glass.http;

import com.google.gson.JsonObject;
import epos.glass.model.RinexFile;
import epos.glass.query.FileFilter;
import epos.glass.query.Files;
import epos.glass.query.Page;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;

/** Answers a request with the files it asks for, in the format it asks for. */
record FileAnswer(Files files, HttpServletResponse response) {

    /** qualified: with what the quality reports say, in the formats that can hold it. */
    void write(List<FileFilter> wanted, Page page, String format, boolean qualified)
            throws IOException {
        Answer.Source<RinexFile> source = sink -> files.each(wanted, page, sink);
        Answer.Source<?> objects = qualified ? qualified(wanted, page) : source;
        switch (format) {
            case "json" -> Answer.json(response, Json.FULL, objects);
            case "xml" -> Xml.write(response, Json.FULL, "files", "file", objects);
            case "csv" -> Answer.csv(response, RinexFile.CSV_HEADER, source);
            case "script" -> Script.write(response, source);
            default ->
                    throw new BadRequest("format '" + format + "': use json, csv, xml or script");
        }
    }

    /** As JSON, with the status once more by the name that clients of files/info know. */
    void info(List<FileFilter> wanted, Page page) throws IOException {
        Answer.json(
                response,
                Json.FULL,
                sink ->
                        files.each(
                                wanted,
                                page,
                                file -> {
                                    JsonObject known = object(file);
                                    known.addProperty("file_status", file.status());
                                    sink.accept(known);
                                }));
    }

    private Answer.Source<JsonObject> qualified(List<FileFilter> wanted, Page page) {
        return sink ->
                files.eachQualified(
                        wanted,
                        page,
                        one -> {
                            JsonObject known = object(one.file());
                            known.add("quality", one.quality());
                            sink.accept(known);
                        });
    }

    private static JsonObject object(RinexFile file) {
        return Json.FULL.toJsonTree(file).getAsJsonObject();
    }
}
