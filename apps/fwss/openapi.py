"""What FWSS takes and answers, as OpenAPI 3.1: made from the fields by which requests are read."""

from typing import Any

import files
import logs
import products
import qc
import stations
from fields import Field, Schema, object_schema, schema_of

COUNTED = {"type": "integer", "minimum": 0}
TEXT = {"type": "string"}
ERROR = {
    "type": "object",
    "properties": {"error": TEXT, "errors": {"type": "array", "items": TEXT}},
    "required": ["error"],
}
REFUSED = {
    "type": "array",
    "description": "what was not stored; all else was",
    "items": {
        "type": "object",
        "properties": {"errors": {"type": "array", "items": TEXT, "minItems": 1}},
        "required": ["errors"],
    },
}
WHY = {
    400: "the input is wrong; `errors` has all that is",
    401: "writing needs the node's token",
    404: "no such file is indexed",
    413: "the body is above 16 MB",
    415: "the body is of another type",
    503: "the database does not answer: try again",
}


def document(most_items: int) -> dict[str, Any]:
    """Give the document; most_items is the longest list in one request."""

    def many(fields: dict[str, Field], name: str) -> Schema:
        about = f"each as in components/schemas/{name}; one that is not is refused alone"
        return {"type": "array", "maxItems": most_items, "description": about, "items": {}}

    def limited(what: str, summary: str) -> dict[str, Any]:
        limit = {"type": "integer", "minimum": 1, "maximum": most_items}
        return reading(summary, what, [parameter("limit", limit)], 400)

    upsert = ("inserted", "updated", "unchanged")
    station = {"$ref": "#/components/schemas/Station"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "FWSS", "version": "1", "description": "Inserts a GNSS node's metadata."},
        "paths": {
            "/health": {"get": reading("Whether it and its database answer", {"type": "object"})},
            "/stations": {
                "post": writing(
                    "Store a station, or a list of them",
                    {"application/json": {"anyOf": [many(stations.STATION, "Station"), station]}},
                    counting("saved", ids={"type": "array", "items": COUNTED}),
                )
            },
            "/files": {
                "get": reading(
                    "The files of a name",
                    listed(),
                    [parameter("name", {"type": "string", "minLength": 1}, required=True)],
                    400,
                ),
                "post": writing(
                    "Store indexed files",
                    {"application/json": many(files.FILE, "File")},
                    counting(*upsert),
                ),
            },
            "/files/changed": {
                "post": writing(
                    "Which files are not stored with their size and time; stores nothing",
                    {"application/json": many(files.LOOKED_AT, "LookedAt")},
                    {
                        "type": "object",
                        "properties": {"changed": {"type": "array", "items": COUNTED}},
                        "required": ["changed"],
                    },
                )
            },
            "/files/pending": {"get": limited(listed(), "Files whose quality is to be checked")},
            "/files/navigation": {"get": limited(listed(), "Navigation files, newest first")},
            "/products": {
                "post": writing(
                    "Store a PBO .pos or .vel file",
                    {"text/plain": TEXT},
                    counting(*upsert),
                    [parameter(n, schema_of(f.check)) for n, f in products.PARAMETERS.items()],
                )
            },
            "/sitelogs": {
                "post": writing(
                    "Store a station by its log: IGS site log or GeodesyML",
                    {"text/plain": TEXT, "application/xml": TEXT},
                    {"type": "object", "required": ["station", "log", "title", "type"]},
                    [parameter(n, schema_of(f.check)) for n, f in logs.PARAMETERS.items()],
                )
            },
            "/qc": {
                "post": writing(
                    "Store a quality report (Anubis' XML), or that there is none (JSON)",
                    {
                        "application/xml": TEXT,
                        "application/json": {"$ref": "#/components/schemas/Failure"},
                    },
                    {"type": "object", "required": ["file", "status"]},
                    [parameter("name", TEXT), parameter("relative_path", TEXT)],
                    404,
                )
            },
            "/openapi.json": {"get": reading("This document", {"type": "object"})},
        },
        "components": {
            "schemas": {
                "Station": object_schema(stations.STATION),
                "File": object_schema(files.FILE),
                "LookedAt": object_schema(files.LOOKED_AT),
                "Failure": object_schema(qc.FAILURE),
                "Error": ERROR,
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def listed() -> Schema:
    """Say that rows are answered."""
    return {"type": "array", "items": {"type": "object"}}


def counting(*counts: str, **further: Schema) -> Schema:
    """Say that counts are answered, and what was refused."""
    said = {**dict.fromkeys(counts, COUNTED), **further, "refused": REFUSED}
    return {"type": "object", "properties": said, "required": list(said)}


def parameter(name: str, schema: Schema, *, required: bool = False) -> dict[str, Any]:
    """Describe a parameter of the query."""
    return {"name": name, "in": "query", "required": required, "schema": schema}


def reading(
    summary: str, answer: Schema, parameters: list[dict[str, Any]] | None = None, *further: int
) -> dict[str, Any]:
    """Describe a question."""
    return {
        "summary": summary,
        "parameters": parameters or [],
        "responses": answers(answer, *further, 503),
    }


def writing(
    summary: str,
    bodies: dict[str, Schema],
    answer: Schema,
    parameters: list[dict[str, Any]] | None = None,
    *further: int,
) -> dict[str, Any]:
    """Describe an insertion."""
    return {
        "summary": summary,
        "parameters": parameters or [],
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": schema} for kind, schema in bodies.items()},
        },
        "security": [{"token": []}],
        "responses": answers(answer, 400, 401, 413, 415, *further, 503),
    }


def answers(answer: Schema, *errors: int) -> dict[str, Any]:
    """Describe the answers: the right one, and an error for each status."""
    wrong = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        "200": {"description": "done", "content": {"application/json": {"schema": answer}}},
        **{str(one): {"description": WHY[one], "content": wrong} for one in errors},
    }
