package epos.glass.query;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What the quality report q of a file is to say; the worst of it is kept beside it. */
public record ReportFilter(Condition condition) {

    /** Data of one of these systems: GPS, GLO, GAL, … */
    public static ReportFilter constellations(List<String> names) {
        return new ReportFilter(
                Condition.of(
                        """
                        exists (select from qc_constellation_summary c
                                 where c.id_qc_report_summary = q.id and c.epo_have > 0
                                   and c.id_constellation = any(?))""",
                        Condition.of(
                                """
                                select k.id from constellations k
                                 where lower(k.identifier_3ch) = any(?)""",
                                Condition.lowered(names))));
    }

    /** One of these signals: C1C, L2W, … */
    public static ReportFilter signals(List<String> names) {
        String all =
                names.stream()
                        .map(ReportFilter::table)
                        .distinct()
                        .map("select id_qc_constellation_summary, id_gnss_obsnames from "::concat)
                        .collect(Collectors.joining(" union all "));
        return new ReportFilter(
                Condition.of(
                        """
                        exists (select from qc_constellation_summary c join (%s) o
                                    on o.id_qc_constellation_summary = c.id
                                 where c.id_qc_report_summary = q.id
                                   and o.id_gnss_obsnames = any(?))"""
                                .formatted(all),
                        Condition.of(
                                "select n.id from gnss_obsnames n where lower(n.name) = any(?)",
                                Condition.lowered(names))));
    }

    /** The table of a signal, after its kind; what is no other is a code: C1C, P2. */
    private static String table(String signal) {
        String kind = signal.toLowerCase(Locale.ROOT).substring(0, Math.min(1, signal.length()));
        return "qc_observation_summary_" + (List.of("l", "d", "s").contains(kind) ? kind : "c");
    }

    /** At least this much of the expected observations, in percent. */
    public static ReportFilter completeness(double percent) {
        return of("q.obs_have >= q.obs_expt * ? / 100.0", percent);
    }

    /** A minimal elevation of at most this, in degrees. */
    public static ReportFilter elevation(double degrees) {
        return of("q.obs_elev <= ?", degrees);
    }

    /** At most so many slips of a phase. */
    public static ReportFilter cycleSlips(double most) {
        return of("q.cyc_slps <= ?", (int) most);
    }

    /** At most so many jumps of the receiver's clock. */
    public static ReportFilter clockJumps(double most) {
        return of("q.clk_jmps <= ?", (int) most);
    }

    /** No code signal with a larger multipath, in cm. */
    public static ReportFilter multipath(double most) {
        return worst("cod_mpth", most);
    }

    /** No system that puts the station with a larger deviation, in m. */
    public static ReportFilter deviation(double most) {
        return worst("rms", most);
    }

    private static ReportFilter worst(String column, double most) {
        return of(
                """
                exists (select from qc_report_worst w
                         where w.id_qc_report_summary = q.id and w.%s <= ?)"""
                        .formatted(column),
                most);
    }

    private static ReportFilter of(String sql, Object most) {
        return new ReportFilter(Condition.of(sql, most));
    }
}
