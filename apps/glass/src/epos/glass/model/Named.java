package epos.glass.model;

/** Something that the API gives the name of; several are joined with " & ". */
public record Named(String name) {}
