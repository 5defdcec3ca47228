"""Write a few small, valid RINEX observation files, their stations' logs, and the truth about them.

For machines that have no real files: ``python apps/rinex-sample/generate.py FOLDER``. The same
files every time, byte for byte and with the same times: each was published an hour after its last
observation. The observations are invented; format, names and times are not.
"""

import csv
import gzip
import hashlib
import os
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from station_log import STATIONS, log_name, log_text


class Sample(NamedTuple):
    """One file."""

    name: str
    version: str
    marker: str
    begin: datetime
    interval: int
    """Seconds."""
    epochs: int
    satellites: tuple[str, ...]

    @property
    def last(self) -> datetime:
        """The last epoch."""
        return self.begin + timedelta(seconds=(self.epochs - 1) * self.interval)


SAMPLES = (
    Sample("test0010.24o", "2.11", "TEST", datetime(2024, 1, 1), 30, 20,
           ("G01", "G07", "G13", "R02")),
    # More than twelve satellites: the list of an epoch goes over two lines.
    Sample("many0020.24o.gz", "2.11", "MANY-STATION", datetime(2024, 1, 2), 15, 10,
           tuple(f"G{number:02}" for number in range(1, 15))),
    Sample("DEMO00PRT_R_20240030000_01D_30S_MO.rnx", "3.04", "DEMO", datetime(2024, 1, 3), 30, 20,
           ("G01", "G07", "E11", "R02")),
    Sample("HIGH00PRT_R_20240041200_15M_01S_MO.rnx.gz", "3.04", "HIGH",
           datetime(2024, 1, 4, 12), 1, 60, ("G05", "E19")),
)  # fmt: skip
PUBLISHED_AFTER = timedelta(hours=1)
LOGS_PREPARED = date(2024, 1, 5)
TRUTH = ("file", "compression", "hatanaka", "file_size", "md5_file", "md5_uncompressed",
         "rinex_version", "marker_name", "interval_modal", "first_epoch", "last_epoch",
         "n_epochs")  # fmt: skip


def header_line(content: str, label: str) -> str:
    """Label in columns 61 to 80."""
    return f"{content:<60}{label:<20}".rstrip()


def header(sample: Sample) -> list[str]:
    """Write the header both versions share, and the types of observation of each."""
    station = STATIONS[sample.marker[:4]]
    x, y, z = station.position
    begin = sample.begin
    first = f"{begin.year:6}{begin.month:6}{begin.day:6}{begin.hour:6}{begin.minute:6}"
    if sample.version.startswith("2"):
        types = [header_line("     3    C1    L1    S1", "# / TYPES OF OBSERV")]
    else:
        systems = sorted({satellite[0] for satellite in sample.satellites})
        types = [header_line(f"{s}    3 C1C L1C S1C", "SYS / # / OBS TYPES") for s in systems]
    version = f"{sample.version:>9}{'':11}{'OBSERVATION DATA':20}M (MIXED)"
    return [
        header_line(version, "RINEX VERSION / TYPE"),
        header_line(f"{'generate.py':20}{'epos-virt':20}", "PGM / RUN BY / DATE"),
        header_line(sample.marker, "MARKER NAME"),
        header_line(f"{'NOBODY':20}{'NONE':40}", "OBSERVER / AGENCY"),
        header_line(f"{'1':20}{station.receiver:20}{station.firmware:20}", "REC # / TYPE / VERS"),
        header_line(f"{'1':20}{station.antenna:20}", "ANT # / TYPE"),
        header_line(f"{x:14.4f}{y:14.4f}{z:14.4f}", "APPROX POSITION XYZ"),
        header_line(f"{station.height:14.4f}{0:14.4f}{0:14.4f}", "ANTENNA: DELTA H/E/N"),
        *types,
        header_line(f"{sample.interval:10.3f}", "INTERVAL"),
        header_line(f"{first}{begin.second:13.7f}     GPS", "TIME OF FIRST OBS"),
        header_line("", "END OF HEADER"),
    ]


def values(epoch: int, satellite: int) -> str:
    """A pseudorange (m), a phase (cycles) and a signal strength (dBHz)."""
    code = 2.1e7 + 1e5 * satellite + 30.0 * epoch
    return f"{code:14.3f}  {code / 0.19029367:14.3f}  {40 + satellite % 10:14.3f}  ".rstrip()


def epoch_lines(sample: Sample, number: int) -> list[str]:
    """One epoch with its observations."""
    time = sample.begin + timedelta(seconds=number * sample.interval)
    count = len(sample.satellites)
    observed = [values(number, place) for place in range(count)]
    if sample.version.startswith("3"):
        start = f"> {time:%Y %m %d %H %M}{time.second:11.7f}  0{count:3}"
        rows = zip(sample.satellites, observed, strict=True)
        return [start, *(f"{name}{text}" for name, text in rows)]
    start = f" {time:%y} {time.month:2} {time.day:2} {time.hour:2} {time.minute:2}"
    names = [sample.satellites[place : place + 12] for place in range(0, count, 12)]
    lines = [f"{start}{time.second:11.7f}  0{count:3}{''.join(names[0])}"]
    lines += [f"{'':32}{''.join(more)}" for more in names[1:]]
    return lines + observed


def write(sample: Sample, folder: Path) -> dict[str, object]:
    """Write a file and return its row of the truth."""
    lines = header(sample)
    for number in range(sample.epochs):
        lines += epoch_lines(sample, number)
    content = ("\n".join(lines) + "\n").encode("ascii")
    packed = gzip.compress(content, mtime=0) if sample.name.endswith(".gz") else content
    (folder / sample.name).write_bytes(packed)
    publish(folder / sample.name, sample.last + PUBLISHED_AFTER)
    found = (
        sample.name, "gz" if packed != content else "none", "no", len(packed),
        hashlib.md5(packed).hexdigest(), hashlib.md5(content).hexdigest(), sample.version,
        sample.marker, float(sample.interval), sample.begin.isoformat(timespec="milliseconds"),
        sample.last.isoformat(timespec="milliseconds"), sample.epochs,
    )  # fmt: skip
    return dict(zip(TRUTH, found, strict=True))


def publish(path: Path, moment: datetime) -> None:
    """Set the time at which a file was last written."""
    seconds = moment.replace(tzinfo=UTC).timestamp()
    os.utime(path, (seconds, seconds))


def generate(folder: Path) -> None:
    """Write all samples, their stations' logs and truth.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    prepared = datetime.combine(LOGS_PREPARED, datetime.min.time())
    for station in STATIONS.values():
        path = folder / log_name(station, LOGS_PREPARED)
        path.write_text(log_text(station, LOGS_PREPARED), encoding="utf-8")
        publish(path, prepared)
    truth = folder / "truth.csv"
    with truth.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, TRUTH, lineterminator="\n")
        table.writeheader()
        table.writerows(write(sample, folder) for sample in SAMPLES)
    for path in (truth, folder):
        publish(path, prepared)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: generate.py FOLDER")
    generate(Path(sys.argv[1]))
