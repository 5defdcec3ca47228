"""FWSS: the web service that inserts station, file and quality metadata.

README.md lists its routes.
"""

import os
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask, Response, jsonify, request
from flask.json.provider import DefaultJSONProvider
from flask_cors import CORS
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from werkzeug.exceptions import HTTPException

import anubis
import files
import logs
import openapi
import products
import qc
import sitelog
import stations
import writers
from fields import BadInputError, Check, file_name, folder
from store import engine, is_refusal

PORT = int(os.environ.get("PORT", "5555"))
LARGEST_BODY = 16 << 20  # bytes; the report of a day with all systems has 200 kB
MOST_ITEMS = 1000  # in one request, which is one transaction
PENDING_LIMIT = 100
THREADS = 4


class IsoJson(DefaultJSONProvider):
    """JSON with times as ISO 8601 instead of Flask's HTTP dates."""

    sort_keys = False

    @staticmethod
    def default(value: Any) -> Any:
        """Turn what JSON has no form for into text."""
        return value.isoformat() if isinstance(value, datetime) else str(value)


app = Flask("fwss", static_folder=None)
app.json = IsoJson(app)
app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
CORS(app, methods=["GET", "HEAD"])  # pages of other hosts may read here


@app.before_request
def only_text_is_asked() -> None:
    """Refuse paths and queries with control characters, or that are no UTF-8."""
    try:
        query = unquote_to_bytes(request.query_string).decode()
    except UnicodeDecodeError:
        query = "\ufffd"
    if any(letter < " " or letter in "\x7f\ufffd" for letter in request.path + query):
        raise BadInputError("path and query: expected UTF-8 without control characters")


@app.before_request
def only_writers_write() -> None:
    """Refuse to write for who does not have the token."""
    try:
        writers.check(request.method, request.headers.get("Authorization", ""))
    except OSError as error:
        app.logger.error("the token cannot be read: %s", error)
        raise writers.NotAllowedError from None


@app.get("/health")
def health() -> Response:
    """Say whether this service and its database answer."""
    with engine().connect() as connection:
        connection.execute(text("select 1"))
    return Response('{"status": "ok"}\n', mimetype="application/json")


@app.get("/openapi.json")
def get_openapi() -> Response:
    """Say what is taken and answered here."""
    return Response(_openapi_text(), mimetype="application/json")


@cache
def _openapi_text() -> str:
    return app.json.dumps(openapi.document(MOST_ITEMS))


@app.post("/stations")
def post_stations() -> Response:
    """Store a station or a list of them; of a list, all that are right."""
    body = _json()
    items = _items(body if isinstance(body, list) else [body])
    with engine().begin() as connection:
        saved = stations.save_stations(connection, items)
    if saved["refused"] and not isinstance(body, list):
        raise BadInputError(*saved["refused"][0]["errors"])
    return jsonify(saved)


@app.post("/files")
def post_files() -> Response:
    """Store all right files of a list of indexed ones."""
    items = _items(_json())
    with engine().begin() as connection:
        return jsonify(files.save_files(connection, items))


@app.post("/files/changed")
def post_changed() -> Response:
    """Say which files of a list are not stored as they are now; stores nothing."""
    items = _items(_json())
    with engine().connect() as connection:
        return jsonify(changed=files.changed_files(connection, items))


@app.post("/products")
def post_products() -> Response:
    """Store the right rows of a PBO .pos or .vel file."""
    given = products.read_parameters(request.args)
    product = products.parse(request.get_data(), given)
    with engine().begin() as connection:
        return jsonify(products.save(connection, product))


@app.post("/sitelogs")
def post_site_log() -> Response:
    """Store a station as its log describes it (IGS site log or GeodesyML), and the log itself."""
    log = sitelog.read_log(request.get_data())
    with engine().begin() as connection:
        return jsonify(logs.save_log(connection, log, dict(request.args)))


@app.get("/files")
def get_files() -> Response:
    """Return the files of a name."""
    name = request.args.get("name")
    if not name:
        raise BadInputError("name: missing; use /files?name=houz3000.25d.gz")
    _checked("name", file_name, name)
    with engine().connect() as connection:
        return jsonify(files.find_files(connection, name))


@app.get("/files/pending")
def get_pending() -> Response:
    """Return observation files whose quality control is still to run."""
    return _some(files.pending_files)


@app.get("/files/navigation")
def get_navigation() -> Response:
    """Return navigation files, which quality control needs beside observations."""
    return _some(files.navigation_files)


def _some(find: Callable[..., list[dict[str, Any]]]) -> Response:
    limit = request.args.get("limit", str(PENDING_LIMIT))
    digits = limit.lstrip("0") if limit.isdecimal() else ""
    if len(digits) > len(str(MOST_ITEMS)) or not 1 <= int(digits or 0) <= MOST_ITEMS:
        raise BadInputError(f"limit: expected an integer from 1 to {MOST_ITEMS}")
    with engine().connect() as connection:
        return jsonify(find(connection, int(digits)))


@app.post("/qc")
def post_qc() -> Response:
    """Store a quality report (XML), or that quality control failed (JSON)."""
    if request.is_json:
        failure = _json()
        with engine().begin() as connection:
            return jsonify(qc.save_failure(connection, failure))
    name, path = request.args.get("name"), request.args.get("relative_path")
    if name:
        _checked("name", file_name, name)
    _checked("relative_path", folder, path or "")
    report = anubis.parse_report(request.get_data())
    with engine().begin() as connection:
        return jsonify(qc.save_report(connection, report, name, path))


def _checked(parameter: str, check: Check, value: str) -> None:
    try:
        check(value)
    except ValueError as error:
        raise BadInputError(f"{parameter}: {error}") from None


def _json() -> Any:
    """Read the body; one of thousands of digits or brackets is its sender's mistake."""
    try:
        return request.get_json()
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"no JSON that can be read: {error}") from None


def _items(body: Any) -> list[Any]:
    if not isinstance(body, list) or len(body) > MOST_ITEMS:
        raise BadInputError(f"expected a list of at most {MOST_ITEMS} objects")
    return body


@app.errorhandler(BadInputError)
def bad_input(error: BadInputError) -> tuple[Response, int]:
    """Answer 400 with every field and the expectation."""
    return jsonify(error=str(error), errors=error.errors), 400


@app.errorhandler(writers.NotAllowedError)
def not_allowed(_: writers.NotAllowedError) -> Response:
    """Answer 401: which token is needed."""
    answer = jsonify(error="writing needs the node's token: Authorization: Bearer write_token")
    answer.status_code = 401
    answer.headers["WWW-Authenticate"] = 'Bearer realm="FWSS"'
    return answer


@app.errorhandler(qc.NoSuchFileError)
def no_such_file(error: qc.NoSuchFileError) -> tuple[Response, int]:
    """Answer 404: index first."""
    return jsonify(error=str(error)), 404


@app.errorhandler(HTTPException)
def http_error(error: HTTPException) -> tuple[Response, int]:
    """Answer in JSON where Flask would in HTML."""
    return jsonify(error=error.description), error.code or 500


@app.errorhandler(DBAPIError)
def database_error(error: DBAPIError) -> tuple[Response, int]:
    """Answer 400 where a value is refused, 500 for a mistake of ours, else 503: try again."""
    app.logger.error("database: %s", error.orig)  # the statement is not sent
    if is_refusal(error):
        return jsonify(error="the database refused a value; the log says which"), 400
    if isinstance(error, ProgrammingError):
        return jsonify(error="a mistake in FWSS; its log says which"), 500
    return jsonify(error="the database does not answer; try again later"), 503


if __name__ == "__main__":
    import console
    import serving

    console.print_clean()
    serving.serve(app, PORT, THREADS, LARGEST_BODY)
