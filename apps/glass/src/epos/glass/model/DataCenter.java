package epos.glass.model;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Who publishes a file, and how. */
public record DataCenter(
        String acronym, String hostname, String protocol, Structure dataCenterStructure) {

    /** How the folders of the data centre are named. */
    public record Structure(String directoryNaming) {}

    /** Where a file can be fetched: protocol, host, the folders without doubled slashes, name. */
    public String url(String root, String folder, String name) {
        String path =
                Stream.of(root, folder, name)
                        .flatMap(part -> Stream.of(part.split("/")))
                        .filter(part -> !part.isEmpty())
                        .collect(Collectors.joining("/"));
        return protocol + "://" + hostname + "/" + path;
    }
}
