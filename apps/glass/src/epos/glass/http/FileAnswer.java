package epos.glass.http;

import com.google.gson.JsonObject;
import epos.glass.model.RinexFile;
import epos.glass.query.Chosen;
import epos.glass.query.FileFilter;
import epos.glass.query.Files;
import epos.glass.query.Page;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;

/** Answers a request with the files it asks for, in the format it asks for. */
record FileAnswer(Files files, HttpServletRequest request, HttpServletResponse response) {
    private static final List<String> FORMATS = List.of("json", "csv", "xml", "script");

    /** qualified: with what the quality reports say, in the formats that can hold it. */
    void write(List<FileFilter> wanted, Page page, String format, boolean qualified)
            throws IOException {
        if (!FORMATS.contains(format)) {
            throw new BadRequest("format '" + format + "': use json, csv, xml or script");
        }
        Chosen chosen = chosen(wanted, page);
        Answer.Source<RinexFile> source = sink -> files.each(chosen, sink);
        Answer.Source<?> objects = qualified ? qualified(chosen) : source;
        switch (format) {
            case "json" -> Answer.json(response, Json.FULL, objects);
            case "xml" -> Xml.write(response, Json.FULL, "files", "file", objects);
            case "csv" -> Answer.csv(response, RinexFile.CSV_HEADER, source);
            default -> Script.write(response, source);
        }
    }

    /** As JSON, with the status once more by the name that clients of files/info know. */
    void info(List<FileFilter> wanted, Page page) throws IOException {
        Chosen chosen = chosen(wanted, page);
        Answer.json(
                response,
                Json.FULL,
                sink ->
                        files.each(
                                chosen,
                                file -> {
                                    JsonObject known = object(file);
                                    known.addProperty("file_status", file.status());
                                    sink.accept(known);
                                }));
    }

    private Chosen chosen(List<FileFilter> wanted, Page page) throws IOException {
        Chosen chosen = files.choose(wanted, page);
        NextPage.tell(request, response, chosen);
        return chosen;
    }

    private Answer.Source<JsonObject> qualified(Chosen chosen) {
        return sink ->
                files.eachQualified(
                        chosen,
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
