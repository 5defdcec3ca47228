package epos.glass.model;

import com.google.gson.JsonElement;

/** A file, and what its quality report says. */
public record QualifiedFile(RinexFile file, JsonElement quality) {}
