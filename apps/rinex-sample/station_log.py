"""The log of a station, as the IGS' form (version 1) has it."""

from datetime import date
from typing import NamedTuple


class Station(NamedTuple):
    """A station as its log describes it; invented, but for the names of equipment and places."""

    marker: str
    """Nine characters."""
    site: str
    city: str
    state: str
    country: str
    """Three letters."""
    position: tuple[float, float, float]
    """ECEF, in metres."""
    installed: date
    receiver: str
    firmware: str
    systems: str
    antenna: str
    """Model and radome, 20 characters."""
    height: float
    """Of the antenna's reference point above the marker, in metres."""
    agency: str
    networks: str
    """Separated by commas."""


STATIONS = {
    "TEST": Station("TEST00FRA", "Ajaccio", "Ajaccio", "Corse", "FRA",
                    (4696989.7, 723994.2, 4239678.3), date(2012, 5, 14),
                    "LEICA GR25", "4.31/6.523", "GPS+GLO", "LEIAR25.R4      LEIT", 0.1250,
                    "Institut Inventé de Géodésie", "EPOS, Réseau Inventé"),
    "MANY": Station("MANY00NLD", "Delft", "Delft", "Zuid-Holland", "NLD",
                    (3924687.7, 301132.8, 5001910.8), date(2009, 9, 1),
                    "TRIMBLE NETR9", "5.45", "GPS", "TRM59800.00     SCIS", 0.0850,
                    "Invented Institute of Geodesy", "EPOS"),
    "DEMO": Station("DEMO00PRT", "Covilha", "Covilhã", "Castelo Branco", "PRT",
                    (4831636.8, -636869.2, 4101964.6), date(2018, 3, 20),
                    "SEPT POLARX5", "5.5.0", "GPS+GLO+GAL", "LEIAR20         LEIM", 0.0000,
                    "Instituto Inventado de Geodesia", "EPOS, Rede Inventada"),
    "HIGH": Station("HIGH00PRT", "Porto", "Porto", "Porto", "PRT",
                    (4753680.9, -718756.9, 4177420.8), date(2021, 11, 2),
                    "SEPT POLARX5TR", "5.5.0", "GPS+GAL", "SEPCHOKE_B3E6   SPKE", 0.0550,
                    "Instituto Inventado de Geodesia", "EPOS, Rede Inventada"),
}  # fmt: skip
FORM = """\
     {marker} Site Information Form (site log)

0.   Form

     Prepared by (full name)  : generate.py
     Date Prepared            : {prepared}
     Report Type              : NEW

1.   Site Identification of the GNSS Monument

     Site Name                : {site}
     Four Character ID        : {four}
     Nine Character ID        : {marker}
     Monument Inscription     :
     IERS DOMES Number        :
     CDP Number               :
     Monument Description     : PILLAR
       Height of the Monument : 1.5 m
       Monument Foundation    : CONCRETE BLOCK
       Foundation Depth       : 2 m
     Marker Description       : BRASS PLATE
     Date Installed           : {installed}T00:00Z
     Geologic Characteristic  : BEDROCK
       Bedrock Type           : IGNEOUS
       Bedrock Condition      : FRESH
       Fault zones nearby     : NO

2.   Site Location Information

     City or Town             : {city}
     State or Province        : {state}
     Country                  : {country}
     Tectonic Plate           : EURASIAN
     Approximate Position (ITRF)
       X coordinate (m)       : {x:.1f}
       Y coordinate (m)       : {y:.1f}
       Z coordinate (m)       : {z:.1f}

3.   GNSS Receiver Information

3.1  Receiver Type            : {receiver}
       Satellite System       : {systems}
       Serial Number          : 1
       Firmware Version       : {firmware}
       Elevation Cutoff Setting : 0 deg
       Date Installed         : {installed}T00:00Z
       Date Removed           : CCYY-MM-DDThh:mmZ

3.x  Receiver Type            : (A20, from rcvr_ant.tab; see instructions)
       Date Installed         : (CCYY-MM-DDThh:mmZ)

4.   GNSS Antenna Information

4.1  Antenna Type             : {antenna}
       Serial Number          : 1
       Antenna Reference Point : BPA
       Marker->ARP Up Ecc. (m)  : {height:.4f}
       Marker->ARP North Ecc(m) : 0.0000
       Marker->ARP East Ecc(m)  : 0.0000
       Alignment from True N  : 0 deg
       Antenna Radome Type    : {radome}
       Radome Serial Number   :
       Date Installed         : {installed}T00:00Z
       Date Removed           : CCYY-MM-DDThh:mmZ

4.x  Antenna Type             : (A20, from rcvr_ant.tab; see instructions)
       Date Installed         : (CCYY-MM-DDThh:mmZ)

11.  On-Site, Point of Contact Agency Information

     Agency                   : {agency}

13.  More Information

     Primary Data Center      : EPOS
     Secondary Data Center    :
     Additional Information   : Network: {networks}
"""


def log_name(station: Station, prepared: date) -> str:
    """Name a log as archives do: test00fra_20240105.log."""
    return f"{station.marker.lower()}_{prepared:%Y%m%d}.log"


def log_text(station: Station, prepared: date) -> str:
    """Fill the form."""
    x, y, z = station.position
    four, radome = station.marker[:4], station.antenna[16:]
    return FORM.format(**station._asdict(), four=four, radome=radome, x=x, y=y, z=z,
                       prepared=prepared)  # fmt: skip
