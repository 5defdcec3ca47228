"""Stations: created when a marker is first seen, described by POST /stations."""

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from bulk import Refused, refuse, save_kept
from fields import (
    BadInputError,
    Field,
    country,
    list_of,
    marker,
    moment,
    number,
    object_of,
    objects_of,
    one_of,
    position,
    read,
)
from fields import text as line
from store import as_json, find_or_add, find_or_add_all, insert_all, records

EQUIPMENT = {
    "type": Field(one_of("antenna", "receiver", "radome"), required=True),
    "name": Field(line, required=True),
    "serial_number": Field(line),
    "firmware_version": Field(line),
    "satellite_system": Field(line),
    "marker_arp_up_ecc": Field(number),
    "marker_arp_north_ecc": Field(number),
    "marker_arp_east_ecc": Field(number),
    "elevation_cutoff_setting": Field(number),
    "date_from": Field(moment),
    "date_to": Field(moment),
}
MONUMENT = {
    "description": Field(line),
    "inscription": Field(line),
    "height": Field(number),
    "foundation": Field(line),
    "foundation_depth": Field(number),
}
GEOLOGICAL = {
    "characteristic": Field(line),  # as writers of other nodes have it
    "characteristics": Field(line),
    "bedrock_type": Field(line),
    "bedrock_condition": Field(line),
    "fracture_spacing": Field(line),
    "fault_zone": Field(line),
    "distance_to_fault": Field(line),
}
MOST_EQUIPMENT = 1000  # of a station; some have had a receiver a year for decades
STATION = {
    "marker": Field(marker, required=True),
    "name": Field(line),
    "description": Field(line),
    "date_from": Field(moment),
    "date_to": Field(moment),
    "iers_domes": Field(line),
    "cpd_num": Field(line),
    "comment": Field(line),
    "tectonic_plate": Field(line),
    "monument": Field(object_of(MONUMENT, "monument")),
    "geological": Field(object_of(GEOLOGICAL, "geological")),
    "position": Field(position),
    "country": Field(country),
    "state": Field(line),
    "city": Field(line),
    "networks": Field(list_of(line)),
    "agencies": Field(list_of(line)),
    "equipment": Field(objects_of(EQUIPMENT, "equipment", MOST_EQUIPMENT)),
}
PLAIN = ("name", "description", "date_from", "date_to", "iers_domes", "cpd_num", "comment")
ATTRIBUTES = {"antenna": 1, "receiver": 2, "radome": 3}  # as the database's triggers know them
CODE = ("marker", "monument_num", "receiver_num", "country_code")
COMPLETE = text(
    "update station set monument_num = :monument_num, receiver_num = :receiver_num,"
    " country_code = :country_code where id = :id"
)
# The further facts of equipment: which attribute each is, of the list in the database.
TEXTS = {"serial_number": 4, "firmware_version": 5, "satellite_system": 9}
NUMBERS = {"marker_arp_up_ecc": 6, "marker_arp_north_ecc": 7, "marker_arp_east_ecc": 8,
           "elevation_cutoff_setting": 10}  # fmt: skip


def find_or_add_station(connection: Connection, name: str) -> int:
    """Return the id of a station; see find_or_add_stations."""
    return find_or_add_stations(connection, [name])[0]


def find_or_add_stations(connection: Connection, names: Sequence[str]) -> list[int]:
    """Return the ids of stations after their markers of four or nine characters.

    Four characters mean the station known by them, whatever its country; nine complete a station
    of which only four were known.
    """
    known = _known_stations(connection, names)
    meant = [_station(known[name[:4]], name) for name in names]
    added = list({id(row): row for row in meant if row["id"] is None}.values())
    rows = [{column: row[column] for column in ("name", *CODE)} for row in added]
    ids = find_or_add_all(connection, "station", rows)
    for row, found in zip(added, ids, strict=True):
        row["id"] = found
    for row in {id(row): row for row in meant if row.pop("completed", False)}.values():
        if row not in added:
            connection.execute(COMPLETE, row)
    return [int(row["id"]) for row in meant]


def _known_stations(
    connection: Connection, names: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Read the stations of some markers, those without a country first."""
    known: dict[str, list[dict[str, Any]]] = {name[:4]: [] for name in names}
    query = text(
        f"select id, name, {', '.join(CODE)} from station where marker = any(:markers)"
        " order by country_code nulls first, id"
    )
    for row in connection.execute(query, {"markers": [*known]}).mappings():
        known[row["marker"]].append(dict(row))
    return known


def _station(known: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Say which of the stations of a marker a name means; a new one has no id yet."""
    if len(name) == 4 and known:
        return known[0]
    code: dict[str, Any] = dict.fromkeys(CODE)
    if len(name) > 4:
        number, receiver = int(name[4]), int(name[5])
        code |= {"monument_num": number, "receiver_num": receiver, "country_code": name[6:]}
    code["marker"] = name[:4]
    for row in known:
        if all(row[column] == code[column] for column in CODE):
            return row
    if known and known[0]["country_code"] is None:
        known[0] |= code | {"completed": True}
        return known[0]
    new = {"id": None, "name": name[:4], **code}
    known.append(new)
    known.sort(key=lambda row: (row["country_code"] or "", row["id"] or math.inf))
    return new


def save_stations(connection: Connection, items: Sequence[Any]) -> dict[str, Any]:
    """Store stations; give the ids of those that were stored, list the refused ones."""
    refused: Refused = []
    ids: list[int] = []
    for place, item in enumerate(items):
        where = f"stations[{place}]"
        try:
            found = read(item, STATION, where)
            _check_country(connection, found, where)
        except BadInputError as error:
            refuse(refused, place, item, *error.errors)
        else:
            save_kept(connection, {place: found}, lambda *one: _save_into(ids, *one), refused)
    return {"saved": len(ids), "ids": ids, "refused": refused}


def _save_into(
    ids: list[int], connection: Connection, found: list[dict[str, Any]]
) -> dict[str, int]:
    ids += [save_station(connection, station) for station in found]
    return {}


def save_station(connection: Connection, found: dict[str, Any]) -> int:
    """Store what was read of one station; what that does not say stays as it is."""
    station = find_or_add_station(connection, found["marker"])
    for column in PLAIN:
        if found[column] is not None:
            connection.execute(
                text(f"update station set {column} = :value where id = :id"),
                {"value": found[column], "id": station},
            )
    _place(connection, station, found)
    _describe(connection, station, found)
    for network in found["networks"] or []:
        find_or_add(
            connection,
            "station_network",
            id_station=station,
            id_network=find_or_add(connection, "network", name=network),
        )
    for agency in found["agencies"] or []:
        _link_agency(connection, station, agency)
    if found["equipment"] is not None:
        _replace_equipment(connection, station, found["equipment"])
    return station


def _describe(connection: Connection, station: int, found: dict[str, Any]) -> None:
    """Store the monument and the ground it stands on, in place of what was known of them."""
    if found["monument"]:
        _refer(connection, station, "monument", found["monument"])
    if found["geological"]:
        ground = dict(found["geological"])
        bedrock = {"type": ground.pop("bedrock_type"), "condition": ground.pop("bedrock_condition")}
        ground["characteristics"] = ground["characteristics"] or ground["characteristic"]
        del ground["characteristic"]
        ground["id_bedrock"] = (
            find_or_add(connection, "bedrock", **bedrock) if any(bedrock.values()) else None
        )
        _refer(connection, station, "geological", ground)


def _refer(connection: Connection, station: int, table: str, row: dict[str, Any]) -> None:
    """Let a station refer to a row of its own, which is made where it has none."""
    query = text(f"select id_{table} from station where id = :id")
    id = connection.execute(query, {"id": station}).scalar()
    if id is None:
        [id] = insert_all(connection, table, [row])
        refer = text(f"update station set id_{table} = :row where id = :id")
        connection.execute(refer, {"row": id, "id": station})
        return
    changes = ", ".join(f"{name} = :{name}" for name in row)
    connection.execute(text(f"update {table} set {changes} where id = :id"), {**row, "id": id})


def _check_country(connection: Connection, found: dict[str, Any], where: str) -> None:
    if (found["state"] or found["city"]) and not found["country"]:
        raise BadInputError(f"{where}.country: missing; a state or city needs one")
    if code := found["country"]:
        known = text("select 1 from country where iso_code = :code")
        if not connection.execute(known, {"code": code}).scalar():
            raise BadInputError(f"{where}.country: {code} is not in the table country")


def _place(connection: Connection, station: int, found: dict[str, Any]) -> None:
    changes: dict[str, int] = {}
    names_place = found["state"] or found["city"]
    if names_place or (found["country"] and not _has_city(connection, station)):
        changes["id_city"] = _find_or_add_city(connection, found)
    if found["position"]:
        changes["id_coordinates"] = _add_coordinates(connection, found["position"])
    if plate := found["tectonic_plate"]:
        changes["id_tectonic"] = find_or_add(connection, "tectonic", plate_name=plate.upper())
    if changes:
        _locate(connection, station, changes)


def _has_city(connection: Connection, station: int) -> bool:
    """Tell whether more is known of a station's place than its country."""
    query = text(
        "select 1 from station s join location l on l.id = s.id_location"
        " where s.id = :id and l.id_city is not null"
    )
    return bool(connection.execute(query, {"id": station}).scalar())


def _find_or_add_city(connection: Connection, found: dict[str, Any]) -> int:
    known = text("select id from country where iso_code = :code")
    land = connection.execute(known, {"code": found["country"]}).scalar_one()
    state = find_or_add(connection, "state", id_country=land, name=found["state"] or "")
    return find_or_add(connection, "city", id_state=state, name=found["city"] or "")


def _add_coordinates(connection: Connection, place: tuple[float, float, float]) -> int:
    return find_or_add(connection, "coordinates", **_coordinates(place))


def _coordinates(place: tuple[float, float, float]) -> dict[str, float]:
    x, y, z = place
    lat, lon, altitude = geodetic(x, y, z)
    return {"x": x, "y": y, "z": z, "lat": lat, "lon": lon, "altitude": altitude}


def _locate(connection: Connection, station: int, changes: dict[str, int]) -> None:
    here = text("select id_location from station where id = :id")
    location = connection.execute(here, {"id": station}).scalar()
    if location is None:
        location = connection.execute(
            text("insert into location default values returning id")
        ).scalar_one()
        connection.execute(
            text("update station set id_location = :location where id = :id"),
            {"location": location, "id": station},
        )
    for column, value in changes.items():
        connection.execute(
            text(f"update location set {column} = :value where id = :id"),
            {"value": value, "id": location},
        )


def place_if_unknown(connection: Connection, places: Sequence[tuple[int, Any]]) -> None:
    """Give stations without coordinates those of a RINEX header, good to some metres."""
    known = text(
        "select s.id from station s join location l on l.id = s.id_location"
        " where s.id = any(:ids) and l.id_coordinates is not null"
    )
    ids = sorted({station for station, _ in places})
    placed = set(connection.execute(known, {"ids": ids}).scalars())
    wanted: dict[int, Any] = {}
    for station, place in places:
        if place and station not in placed:
            wanted.setdefault(station, place)
    coordinates = find_or_add_all(connection, "coordinates", [*map(_coordinates, wanted.values())])
    _locate_all(connection, dict(zip(wanted, coordinates, strict=True)))


def _locate_all(connection: Connection, coordinates: dict[int, int]) -> None:
    if not coordinates:
        return
    there = text("select id, id_location from station where id = any(:ids)")
    locations = connection.execute(there, {"ids": [*coordinates]}).all()
    bare = [row.id for row in locations if row.id_location is None]
    made = insert_all(
        connection, "location", [{"id_coordinates": coordinates[station]} for station in bare]
    )
    update = "update {table} t set {column} = r.{column} from {records} r where t.id = r.id"
    for table, column, rows in (
        ("station", "id_location", zip(bare, made, strict=True)),
        ("location", "id_coordinates",
         [(row.id_location, coordinates[row.id]) for row in locations if row.id_location]),
    ):  # fmt: skip
        values = [{"id": id, column: value} for id, value in rows]
        statement = update.format(table=table, column=column, records=records(table))
        if values:
            connection.execute(text(statement), {"rows": as_json(values)})


def _link_agency(connection: Connection, station: int, name: str) -> None:
    """A station belongs to an agency through a contact of it."""
    agency = find_or_add(connection, "agency", name=name)
    contact = find_or_add(connection, "contact", name=name, id_agency=agency)
    find_or_add(
        connection, "station_contact", id_station=station, id_contact=contact, role="Operator"
    )


def _replace_equipment(connection: Connection, station: int, items: list[Any]) -> None:
    old = connection.execute(
        text("delete from station_item where id_station = :id returning id_item"), {"id": station}
    ).scalars()
    for item in old.all():
        connection.execute(text("delete from item where id = :id"), {"id": item})
    for found in items:
        kind = find_or_add(connection, "item_type", name=found["type"])
        item = connection.execute(
            text("insert into item (id_item_type) values (:kind) returning id"), {"kind": kind}
        ).scalar_one()
        period = {"date_from": found["date_from"], "date_to": found["date_to"]}
        find_or_add(connection, "station_item", id_station=station, id_item=item, **period)
        texts = {ATTRIBUTES[found["type"]]: found["name"]}
        texts |= {attribute: found[name] for name, attribute in TEXTS.items()}
        numbers = {attribute: found[name] for name, attribute in NUMBERS.items()}
        of_item = {"id_item": item, "value_varchar": None, "value_numeric": None, **period}
        rows = [{**of_item, "id_attribute": attribute, "value_varchar": value}
                for attribute, value in texts.items() if value is not None]  # fmt: skip
        rows += [{**of_item, "id_attribute": attribute, "value_numeric": value}
                 for attribute, value in numbers.items() if value is not None]  # fmt: skip
        insert_all(connection, "item_attribute", rows)


def geodetic(x: float, y: float, z: float) -> tuple[float, float, float]:
    """Turn ECEF metres into latitude and longitude (degrees) and height (m) on WGS 84.

    Bowring's formula of 1976: better than a millimetre near the surface.
    """
    a, f = 6378137.0, 1 / 298.257223563
    b, squared = a * (1 - f), f * (2 - f)
    p = math.hypot(x, y)
    theta = math.atan2(z * a, p * b)
    lat = math.atan2(
        z + squared / (1 - squared) * b * math.sin(theta) ** 3,
        p - squared * a * math.cos(theta) ** 3,
    )
    n = a / math.sqrt(1 - squared * math.sin(lat) ** 2)
    height = p * math.cos(lat) + z * math.sin(lat) - a * a / n
    return math.degrees(lat), math.degrees(math.atan2(y, x)), height
