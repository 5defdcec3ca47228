"""What the tests of the report let be measured: like the lab's figures, in more techniques."""

from __future__ import annotations

from history import Platform
from history.metric import Technique

PLATFORM = Platform(
    kind="emulation",
    processor="Intel(R) Xeon(R) <Processor>",
    cores=2,
    memory=25_276_502_016,
    controller_os="Debian GNU/Linux 12 (bookworm)",
    hypervisor_version="4.20.1",
    engine_version="26.1.5",
)

# Size and memory in bytes, start to the first answer in seconds; 0 for no memory.
MEASURED: dict[tuple[str, Technique], tuple[float, float, float]] = {
    ("null-guest", "unikernel"): (8_696, 0, 1.0),
    ("empty-container", "container"): (4_320, 0, 5.0),
    ("centos7-VM", "vm"): (725_800_000, 84_300_000, 26.4),
    ("EPOS_Sync_System", "unikernel"): (23_000_000, 67_100_000, 4.3),
    ("EPOS_Sync_System", "container"): (61_000_000, 60_000_000, 7.1),
    ("indexGD", "unikernel"): (9_240_000, 67_100_000, 3.0),
    ("indexGD", "container"): (31_000_000, 21_000_000, 5.2),
    ("indexGD", "vm"): (240_000_000, 110_000_000, 22.0),
    ("RunQC", "unikernel"): (5_570_000, 41_900_000, 2.9),
    ("database", "container"): (45_300_000, 11_800_000, 4.2),
    ("EPOS_GLASS_Framework", "container"): (74_400_000, 43_400_000, 8.5),
    ("Products_Portal", "container"): (30_500_000, 7_660_000, 4.3),
    ("FWSS", "container"): (40_800_000, 39_600_000, 8.9),
    ("FWSS", "unikernel"): (19_100_000, 71_300_000, 4.8),
}
