package epos.glass.model;

import epos.glass.geodesy.Vector;
import java.time.LocalDateTime;

/** How far a station's series jumps at an epoch and stays, along x, y, z of the earth, m. */
public record Offset(LocalDateTime epoch, Vector step) {}
