package epos.glass.model;

/** Which station's time series an analysis centre made, and how; unknown parts are null. */
public record Solution(
        String markerLongName,
        String marker,
        String stationName,
        String analysisCenter,
        String referenceFrame,
        String samplingPeriod,
        String software,
        String version,
        String doi,
        String otlModel,
        String antennaModel,
        Double cutOfAngle,
        String creationDate) {}
