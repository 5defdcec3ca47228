"""What public clients ask of GLASS, as ../shared/facts/glass_api.md says it, line by line.

Each route has the line it is of, a path that a client would ask, what reads the answer, and the SQL
for the same rows. Formats and spellings are multiplied out: every one that the page names is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from urllib.parse import quote

LONG_NAME = (
    "case when s.country_code is null then s.marker else s.marker || coalesce(s.monument_num, 0)"
    " || coalesce(s.receiver_num, 0) || s.country_code end"
)
PLACES = (
    "left join location l on l.id = s.id_location"
    " left join coordinates c on c.id = l.id_coordinates left join city on city.id = l.id_city"
    " left join state on state.id = city.id_state"
    " left join country on country.id = state.id_country"
)
STATIONS = (
    f"select {LONG_NAME}, round(c.lat::numeric, 6) from station s {PLACES}"
    " where {} order by s.marker, s.id"
)
FILES = (
    "select f.name, f.md5checksum from rinex_file f join station s on s.id = f.id_station"
    f" {PLACES} join file_type t on t.id = f.id_file_type"
    " join data_center_structure p on p.id = f.id_data_center_structure"
    " join data_center d on d.id = p.id_data_center where {}"
    " order by f.reference_date, f.name, f.id"
)
SERIES = (
    "select to_char(e.epoch, 'YYYY-MM-DD HH24:MI:SS'), {}"
    " from estimated_coordinates e join station s on s.id = e.id_station"
    " join product_files f on f.id = e.id_product_files where {} order by e.epoch"
)
X = "round(e.x::numeric, 5)"
FROM_REFERENCE = (
    "round(sqrt((e.x - reference_x) ^ 2 + (e.y - reference_y) ^ 2 + (e.z - reference_z) ^ 2)"
    "::numeric, 4)"
)
VELOCITIES = (
    f"select {LONG_NAME}, round({{}}::numeric, 4) from reference_position_velocities v"
    " join station s on s.id = v.id_station where {}"
)
WITH_FILES = "exists (select from rinex_file f where f.id_station = s.id)"
WITH_PRODUCTS = "s.id in (select id_station from estimated_coordinates union" \
    " select id_station from reference_position_velocities)"  # fmt: skip
OF_A_SECOND = "select f.id_station from rinex_file f join file_type t on t.id = f.id_file_type" \
    " where t.sampling_frequency = '1s'"  # fmt: skip
NETWORK = "s.id in (select n.id_station from station_network n join network o" \
    " on o.id = n.id_network where lower(o.name) in ({}))"  # fmt: skip
AGENCY = "s.id in (select o.id_station from station_contact o join contact k" \
    " on k.id = o.id_contact join agency a on a.id = k.id_agency where a.name = '{}')"  # fmt: skip
EQUIPMENT = "s.id in (select i.id_station from station_item i join item_attribute a" \
    " on a.id_item = i.id_item where a.id_attribute = {} and a.value_varchar = '{}')"  # fmt: skip
OBSERVATORY = "Guadeloupe Seismic and Volcano Observatory"
RECTANGLE = "c.lat between 40 and 50 and c.lon between -10 and 20"
NEAR_DELFT = "s.marker in ('DELF', 'KOSG', 'ZEGV', 'ROVN', 'EIJS')"  # within 150 km, by hand
QUADRANGLE = "s.marker in ('AJAC', 'BME1', 'GRAS')"  # south of the Alps and Hungary, by hand
CORNERS = "40!5,45!5,49!19.5,40!19.5"
GEOJSON = quote('{"type":"Polygon","coordinates":[[[5,40],[5,45],[19.5,49],[19.5,40],[5,40]]]}')
NINE = "GRAS00FRA"
CENTRE = "UGA-CNRS"


@dataclass(frozen=True)
class Route:
    """A line of the page, what a client asks of it, what reads the answer, the database's own."""

    line: str
    path: str
    reader: str
    rows: str


def stations(line: str, path: str, where: str) -> Iterator[Route]:
    """Give a route whose path ends in a size and a format; what follows is behind the mark."""
    before, _, after = path.partition("?")
    for size, format in product(("short", "full"), ("json", "xml", "csv", "geojson")):
        asked = f"{before}/{size}/{format}" + (f"?{after}" if after else "")
        yield Route(line, asked, f"stations {format}", STATIONS.format(where))


def files(path: str, where: str, line: str = "files/{object_type}/{object_instance}/{format}") \
        -> Iterator[Route]:  # fmt: skip
    """Give a route of files in each of its formats, with a parameter that changes nothing."""
    for format in ("csv", "json", "script", "xml"):
        asked = f"files/{path}/{format}?filtervalidatedfiles=0"
        yield Route(line, asked, f"files {format}", FILES.format(where))


def spelled(*names: str) -> Iterator[tuple[str, ...]]:
    """Give both spellings of parameters: minlat, minLat."""
    yield names
    yield tuple(name.lower() for name in names)


def series() -> Iterator[Route]:
    """Give every period, axes and format of a time series; and the form without a period."""
    line = "products/timeseries/{site}/{analysis centre}/{daily|weekly}/{xyz|enu}/{format}"
    for marker, period, axes, format in product(
        ("GRAS", NINE), ("daily", "weekly"), ("xyz", "enu"),
        ("json", "xml", "midas", "pbo", "covjson"),
    ):  # fmt: skip
        value = X if axes == "xyz" and format != "midas" else FROM_REFERENCE
        where = f"s.marker = 'GRAS' and '{period}' = 'daily'"
        path = f"products/timeseries/{marker}/{CENTRE}/{period}/{axes}/{format}"
        yield Route(line, path, f"series {axes} {format}", SERIES.format(value, where))
    for asked, where in (
        ("reference_frame=IGb14&otl_model=FES2014b&antenna_model=igs14&cut_of_angle=7", "true"),
        ("calibration_model=igs14&remove_outliers=1&apply_offsets=0", "not e.outlier"),
        ("apply_offsets=1&remove_outliers=0&epoch_start=2018-01-03&epoch_end=2018-01-05",
         "e.epoch >= '2018-01-03' and e.epoch < '2018-01-06'"),
    ):  # fmt: skip
        path = f"products/timeseries/{NINE}/{CENTRE}/daily/enu/json?{asked}"
        yield Route("… with reference_frame, otl_model, antenna_model (calibration_model), …", path,
                    "series enu json", SERIES.format(FROM_REFERENCE, where))  # fmt: skip
        path = f"products/coordinates/{NINE}/{CENTRE}/daily/xyz/json?{asked}"
        yield Route("products/coordinates/… with the parameters of timeseries", path,
                    "series xyz json", SERIES.format(X, where))  # fmt: skip
    yield Route("a shorter form without the sampling period",
                f"products/timeseries/{NINE}/{CENTRE}/enu/json/?file=true",
                "series enu json", SERIES.format(FROM_REFERENCE, "true"))  # fmt: skip
    for period, axes, format in product(("daily", "weekly"), ("xyz", "enu"), ("json", "xml")):
        value = X if axes == "xyz" else FROM_REFERENCE
        yield Route("products/coordinates/{site}/{AC}/{daily|weekly}/{xyz|enu}/{json|xml}",
                    f"products/coordinates/{NINE}/{CENTRE}/{period}/{axes}/{format}",
                    f"series {axes} {format}",
                    SERIES.format(value, f"'{period}' = 'daily'"))  # fmt: skip


def velocities() -> Iterator[Route]:
    """Give every axes and format of velocities."""
    size = "sqrt(v.velx ^ 2 + v.vely ^ 2 + v.velz ^ 2)"
    for axes, format in product(("enu", "xyz"), ("json", "xml")):
        yield Route("products/velocities/{station}/{AC}/{enu|xyz}/{json|xml}",
                    f"products/velocities/{NINE}/{CENTRE}/{axes}/{format}",
                    f"velocities {axes} {format}",
                    VELOCITIES.format(size, "s.marker = 'GRAS'"))  # fmt: skip
        yield Route("… (?tectonic_plate=EURA)",
                    f"products/velocities/GRAS/{CENTRE}/{axes}/{format}?tectonic_plate=EURA",
                    f"velocities of {format}",
                    f"select {LONG_NAME}, 'EURA' from station s where marker = 'GRAS'")  # fmt: skip
    for axes in ("xyz", "enu"):
        yield Route("products/velocities/file/{station}/{AC}/{xyz|enu}/pbo",
                    f"products/velocities/file/GRAS/{CENTRE}/{axes}/pbo",
                    "velocities pbo", VELOCITIES.format(size, "s.marker = 'GRAS'"))  # fmt: skip


def attributes() -> Iterator[Route]:
    """Give both spellings of what products can be asked by."""
    line = "products/attributes/{network|analysisCenter|analysis_center|…}"
    for names, rows in {
        ("network",): "select name from network where id in (select id_network from station_network"
        " n join estimated_coordinates e on e.id_station = n.id_station) order by 1",
        ("analysisCenter", "analysis_center"): "select abbreviation from analysis_centers",
        ("referenceFrame", "reference_frame"): "select name from reference_frame order by 1",
        ("otlModel", "otl_model"): "select otl_model from processing_parameters",
        ("antennaModel", "antenna_model"): "select antenna_model from processing_parameters",
        ("samplingPeriod", "sampling_period"): "select sampling_period from processing_parameters",
        ("format",): "values ('covjson'), ('json'), ('midas'), ('pbo'), ('xml')",
    }.items():
        for name in names:
            yield Route(line, f"products/attributes/{name}", "words json", rows)
            yield Route(f"{line}?type=timeseries", f"products/attributes/{name}?type=timeseries",
                        "words json", rows)  # fmt: skip
    yield Route(f"{line}?type=velocities", "products/attributes/referenceFrame?type=velocities",
                "words json", "select name from reference_frame")  # fmt: skip


def lists() -> Iterator[Route]:
    """Give every list, as objects and as bare names."""
    line = "stations/v2/list/{agency|antenna|…|station}: objects; format=list gives bare names"
    typed = "select distinct value_varchar from item_attribute where id_attribute = {} order by 1"
    for kind, rows in {
        "agency": "select name from agency order by 1",
        "antenna": typed.format(1),
        "city": "select distinct name from city order by 1",
        "country": "select name from country order by 1",
        "files_type": "select concat_ws(' ', format, sampling_window, sampling_frequency)"
        " from file_type order by 1",
        "network": "select name from network order by 1",
        "radome": typed.format(3),
        "receiver": typed.format(2),
        "state": "select distinct name from state order by 1",
        "station": "select name from station order by name, marker, id",
    }.items():
        yield Route(line, f"stations/v2/list/{kind}", "names json", rows)
        yield Route(line, f"stations/v2/list/{kind}?format=json", "names json", rows)
        yield Route(line, f"stations/v2/list/{kind}?format=list", "words list", rows)
    named = f"select {LONG_NAME} from station s where s.marker = 'HOUZ'"
    for asked in ("marker=HOUZ", "markerlongname=HOUZ00GLP"):
        yield Route("list/station with marker and marker_long_name, filtered",
                    f"stations/v2/list/station?{asked}", "long names json", named)  # fmt: skip


BY_VALUE = "stations/v2/{station|marker|name|network|…}/{values}/{short|full}/{format}"
BBOX = "stations/v2/station/bbox/{minLon}/{minLat}/{maxLon}/{maxLat}"
SHAPES = "stations/v2/coordinates/{circle|polygon|rectangle}/{size}/{format}"

ROUTES: list[Route] = [
    # ------------------------------------------------------------------------------ Stations
    *stations(BY_VALUE, "stations/v2/station/GRAS", "s.marker = 'GRAS'"),
    *stations("Comma lists of markers mix 4 and 9 characters",
              "stations/v2/marker/houz00glp,GRAS,delf", "s.marker in ('HOUZ', 'GRAS', 'DELF')"),
    *stations(BY_VALUE, "stations/v2/name/Le%20Houelmont", "s.marker = 'HOUZ'"),
    *stations(BY_VALUE, "stations/v2/network/EUREF,RENAG", NETWORK.format("'euref', 'renag'")),
    *stations(BY_VALUE, f"stations/v2/agency/{quote(OBSERVATORY)}", AGENCY.format(OBSERVATORY)),
    *stations(BY_VALUE, "stations/v2/country/Guadeloupe,FRA", "country.iso_code in ('GLP', 'FRA')"),
    *stations(BY_VALUE, "stations/v2/state/Guadeloupe", "state.name = 'Guadeloupe'"),
    *stations(BY_VALUE, "stations/v2/city/Gourbeyre", "city.name = 'Gourbeyre'"),
    *stations(BY_VALUE, "stations/v2/receiver/LEICA%20GR50", EQUIPMENT.format(2, "LEICA GR50")),
    *stations(BY_VALUE, "stations/v2/antenna/LEIAR10%20%20%20%20%20%20%20%20%20NONE",
              EQUIPMENT.format(1, "LEIAR10         NONE")),
    *stations(BY_VALUE, "stations/v2/radome/SNOW", EQUIPMENT.format(3, "SNOW")),
    *stations("stations/v2/station/{short|full}/{format} for all", "stations/v2/station", "true"),
    Route("Paging page=, perpage= also here", "stations/v2/station/short/json?page=2&perpage=5",
          "stations json", STATIONS.format("true") + " limit 5 offset 5"),
    Route(f"{BBOX}: GeoJSON by default", "stations/v2/station/bbox/-10/40/20/50",
          "stations geojson", STATIONS.format(RECTANGLE)),
    Route(f"{BBOX}: JSON only with format=json",
          "stations/v2/station/bbox/-10/40/20/50?format=json", "stations json",
          STATIONS.format(RECTANGLE)),
    Route(f"{BBOX} with=1: that have data", "stations/v2/station/bbox/-180/-90/180/90?with=1",
          "stations geojson", STATIONS.format(WITH_FILES)),
    Route(f"{BBOX} with=2: products",
          "stations/v2/station/bbox/-180/-90/180/90?format=json&with=2",
          "stations json", STATIONS.format(WITH_PRODUCTS)),
    Route("EPOS-GeoJSON: links to the station's time series",
          "stations/v2/marker/GRAS/short/geojson", "linked series",
          f"select {LONG_NAME}, '12' from station s where s.marker = 'GRAS'"),
    Route("stations/v2/station/geojson/json/{GeoJSON polygon, percent-encoded}",
          f"stations/v2/station/geojson/json/{GEOJSON}", "stations json",
          STATIONS.format(QUADRANGLE)),
    Route("stations/v2/highrate/bbox/… as above, GeoJSON",
          "stations/v2/highrate/bbox/-180/-90/180/90", "stations geojson",
          STATIONS.format(f"s.id in ({OF_A_SECOND})")),
    *(route for minlat, maxlat, minlon, maxlon in spelled("minLat", "maxLat", "minLon", "maxLon")
      for what in ("coordinates/rectangle", "combination")
      for route in stations(SHAPES, f"stations/v2/{what}?{minlat}=40&{maxlat}=50&{minlon}=-10"
                            f"&{maxlon}=20", RECTANGLE)),
    *(route for centerlat, centerlon in spelled("centerLat", "centerLon")
      for what in ("coordinates/circle", "combination")
      for route in stations(SHAPES, f"stations/v2/{what}?{centerlat}=52&{centerlon}=4.9&radius=151",
                            NEAR_DELFT)),
    *stations(SHAPES, f"stations/v2/coordinates/polygon?polygon={CORNERS}", QUADRANGLE),
    *stations("stations/v2/combination/{size}/{format}?…: any of the above together",
              f"stations/v2/combination?polygon={CORNERS}&minLat=43&network=EUREF&country=FRA",
              "s.marker = 'GRAS'"),
    *lists(),
    Route("Older: stations/site/{marker}", "stations/site/HOUZ", "stations json",
          STATIONS.format("s.marker = 'HOUZ'")),
    Route("Older: stations/files/marker/{marker}", "stations/files/marker/GRAS", "files json",
          FILES.format("s.marker = 'GRAS'")),
    Route("Older: stations/files/date_range/{from}&{to}",
          "stations/files/date_range/2021-01-01&2021-01-02", "files json",
          FILES.format("f.reference_date::date in ('2021-01-01', '2021-01-02')")),
    # --------------------------------------------------------------------------------- Files
    *files("marker/ACOR", "s.marker = 'ACOR'"),
    *files("station-marker/HOUZ00GLP,kosg", "s.marker in ('HOUZ', 'KOSG')"),
    *files("site/GRAS", "s.marker = 'GRAS'"),
    *files(f"agency/{quote(OBSERVATORY)}", AGENCY.format(OBSERVATORY)),
    *files("network/RENAG", NETWORK.format("'renag'")),
    *files("country/PRT,Guadeloupe", "country.iso_code in ('PRT', 'GLP')"),
    *(route for names in spelled("minLat", "maxLat", "minLon", "maxLon")
      for route in files("coordinates/{}=40&{}=50&{}=-10&{}=20".format(*names), RECTANGLE)),
    *files("coordinates_data/coordinates=rectangle&minLat=40&maxLat=50&minLon=-10&maxLon=20",
           RECTANGLE),
    *files("data_center_acronym/EPOS", "d.acronym = 'EPOS'"),
    *files("date_range/date_from=2021-01-01&date_to=2021-01-02",
           "f.reference_date >= '2021-01-01' and f.reference_date < '2021-01-03'"),
    *files("name/ACOR00ESP_R_20213550000_01D_30S_MO.crx", "f.name like 'ACOR%.crx'"),
    *files("combination/marker=GRAS,HOUZ&dateRange=2021-01-02,2026-01-01",
           "s.marker in ('GRAS', 'HOUZ') and f.reference_date >= '2021-01-02'"),
    *files("combinationT3/marker=ACOR,GRAS",
           "s.marker in ('ACOR', 'GRAS')"
           " and f.id in (select id_rinex_file from qc_report_summary)"),
    *files("highrate/station-marker/GRAS",
           "s.marker = 'GRAS' and t.sampling_frequency = '1s'"),
    Route("filtervalidatedfiles=0|1", "files/marker/GRAS/json?filtervalidatedfiles=1", "files json",
          FILES.format("s.marker = 'GRAS' and f.status >= 0")),
    Route("files …, page=, perpage=", "files/data_center_acronym/EPOS/csv?page=2&perpage=7",
          "files csv", FILES.format("d.acronym = 'EPOS'") + " limit 7 offset 7"),
    Route("files/combination/…: the desktop program asks", "files/combination/marker=GRAS&"
          "reference_date=2021-01-01,2022-12-31/json?filtervalidatedfiles=1&page=0&perpage=100",
          "files json", FILES.format("s.marker = 'GRAS' and f.status >= 0")),
    *(Route("combination instance is key=value&key=value, keys …",
            f"files/combination/{asked}/json", "files json", FILES.format(where))
      for asked, where in {
          "reference_date=2021-12-21": "f.reference_date::date = '2021-12-21'",
          "published_date=2021-01-05": "f.published_date::date = '2021-01-05'",
          "md5=96290eaafaf08d09981539507a837007": "f.name like 'ACOR%.crx'",
          "file_name=houz3000.25d.gz": "s.marker = 'HOUZ'",
          "network=EUREF&country=FRA": "s.marker = 'GRAS'",
          f"agency={quote(OBSERVATORY)}&receiver=LEICA%20GR50": "s.marker = 'HOUZ'",
      }.items()),
    Route("files/info?marker_long_name=&date_from=&date_to=",
          "files/info?marker_long_name=GRAS00FRA&date_from=2021-01-02&date_to=2022-12-31",
          "file status", "select f.name, f.status::text from rinex_file f where f.name like 'GRAS%'"
          " and f.reference_date >= '2021-01-02' order by f.reference_date"),
    Route("rinex_files_dates of a full station is one string", "stations/v2/marker/ACOR/full/json",
          "dates", "select string_agg(distinct to_char(f.reference_date, 'YYYY-MM-DD'), ',')"
          " from rinex_file f join station s on s.id = f.id_station where s.marker = 'ACOR'"),
    # ------------------------------------------------------------------------------ Products
    *attributes(),
    Route("products/stations", "products/stations", "stations json",
          STATIONS.format(WITH_PRODUCTS)),
    *(Route("products/stations with any of analysis_center, reference_frame, …",
            f"products/stations?{asked}", "stations json", STATIONS.format(WITH_PRODUCTS))
      for asked in ("analysis_center=UGA-CNRS&reference_frame=IGb14", "otl_model=FES2014b",
                    "calibration_model=igs14&cut_of_angle=7",
                    "epoch_start=2018-01-01&epoch_end=2018-12-31",
                    "min_lat=40&max_lat=50&min_lon=-10&max_lon=20",
                    "coordinates_rectangle=&min_lat=40&max_lat=50&min_lon=-10&max_lon=20")),
    *series(),
    *velocities(),
    # ------------------------------------------------------------------------------ The rest
    Route("log/{marker,…}: the site log as text", "log/HOUZ,GRAS", "text",
          "select text from log_text join log on log.id = id_log where id_log_type = 1"),
    Route("log/geodesyml/{marker}", "log/geodesyml/HOUZ00GLP", "text",
          "select text from log_text join log on log.id = id_log where id_log_type = 2"),
    Route("204 where there is none", "log/GRAS", "nothing", "select where false"),
    Route("204 where there is none", "log/geodesyml/GRAS", "nothing", "select where false"),
    Route("t0-manager/getDataCenter", "t0-manager/getDataCenter", "acronyms",
          "select acronym from data_center order by 1"),
    Route("and the other verbs NodeManager talks to", "t0-manager/getNode", "names json",
          "select name from node order by id"),
    Route("and the other verbs NodeManager talks to", "t0-manager/getConnection", "tiers",
          "select metadata from connections order by id"),
    Route("tools/version", "tools/version", "version", "values ('1')"),
    Route("tools/build", "tools/build", "version", "values ('1')"),
    Route("tools/cacheStatus", "tools/cacheStatus", "cached", "values ('0')"),
]  # fmt: skip
