package epos.glass.model;

/** RINEX3, 24hour, 30s. */
public record FileType(String format, String samplingWindow, String samplingFrequency) {}
