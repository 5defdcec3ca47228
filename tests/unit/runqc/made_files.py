"""RINEX files of a few epochs, made for a test, and whether two programs agree on one."""

from datetime import datetime
from typing import Any

Found = dict[str, Any]

HEADER_2 = """     2.11           OBSERVATION DATA    G (GPS)             RINEX VERSION / TYPE
  4027881.3000   306998.6000  4919498.9000                  APPROX POSITION XYZ
{types}
                                                            END OF HEADER
"""
HEADER_3 = """     3.04           OBSERVATION DATA    G (GPS)             RINEX VERSION / TYPE
G    2 C1C L1C                                              SYS / # / OBS TYPES
                                                            END OF HEADER
"""
TYPES_2 = "     2    C1    L1                                          # / TYPES OF OBSERV "
SHORT, LONG = "abcd0010.21o", "ABCD00XXX_R_20210010000_01H_30S_MO.rnx"


def epoch_2(time: str) -> str:
    """ " 21  1  1  0  0  0.0000000" and one satellite."""
    return f" {time}  0  1G01\n  20000000.123 7  20000001.123 7\n"


def epoch_3(time: str) -> str:
    """ "2021 01 01 00 00  0.0000000" and one satellite."""
    return f"> {time}  0  1\nG01  20000000.123 7  20000001.123 7\n"


def minutes(*numbers: int) -> list[str]:
    return [f"2021 01 01 00 {number:02}  0.0000000" for number in numbers]


def two(*times: str, types: str = TYPES_2) -> str:
    return HEADER_2.format(types=types) + "".join(map(epoch_2, times))


def three(*times: str) -> str:
    return HEADER_3 + "".join(map(epoch_3, times))


def agree(record: Found, found: Found) -> None:
    """Compare all that both find."""
    assert ("error" in record) == ("error" in found), (record, found)
    if "error" in found:
        return
    assert record["n_epochs"] == found["epochs"]
    assert record["md5uncompressed"] == found["md5"]
    for end in ("first", "last"):
        moment = datetime.fromisoformat(record[f"{end}_epoch"])
        since = moment - datetime(1970, 1, 1)  # in whole milliseconds
        assert round(since.total_seconds() * 1000) == found[end] // 10**4
    step = None if record["interval"] is None else round(record["interval"] * 10**7)
    assert step == found["step"]
