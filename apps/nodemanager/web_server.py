"""NodeManager: nodes, connections between them, their queues, data centres. README.md has more."""

import logging
import os
import secrets
import signal
import ssl
from collections.abc import Callable
from threading import Thread
from typing import Any

from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server
from flask import Flask, Response, jsonify, redirect, render_template, request, session, url_for
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

import changes
import glass
import login
import queues
from checks import MissingError, RefusedError
from kinds import KINDS
from store import engine

PORT, OWN_PORT = int(os.environ.get("PORT", "443")), 8081  # all the world's; the container's alone
THREADS = 4
LARGEST_BODY = 64 << 10  # bytes
OPEN = ("health", "log_in", "static")  # what needs no login

app = Flask("nodemanager", root_path=os.path.dirname(os.path.abspath(__file__)))
app.config.update(
    SECRET_KEY=secrets.token_bytes(32),  # sessions end with the process
    MAX_CONTENT_LENGTH=LARGEST_BODY,
    SESSION_COOKIE_SECURE=True,
    SESSION_COOKIE_HTTPONLY=True,
    SESSION_COOKIE_SAMESITE="Strict",
)


@app.before_request
def only_with_login() -> Any:
    """Let nobody else in, and no form that is not ours."""
    if request.endpoint in OPEN:
        return None
    if not login.is_in(request):
        if request.path.startswith("/api/"):
            challenge = {"WWW-Authenticate": 'Basic realm="NodeManager"'}
            return jsonify(error="log in, with any name and the password"), 401, challenge
        return redirect(url_for("log_in"))
    is_form = request.method == "POST" and not request.path.startswith("/api/")
    if is_form and not login.is_meant(request):
        return page("message", 403, said="This form is too old, or not of this page. Try again.")
    return None


@app.after_request
def guard(response: AnyResponse) -> AnyResponse:
    """Say to the browser what this page may do."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


@app.get("/health")
def health() -> Response:
    """Say whether this service, the database and GLASS answer."""
    with engine().connect() as connection:
        connection.execute(text("select 1"))
    glass.listed("getNode")
    return Response('{"status": "ok"}\n', mimetype="application/json")


@app.route("/login", methods=["GET", "POST"])
def log_in() -> Any:
    """Ask for the password."""
    if request.method == "GET":
        return page("login")
    try:
        if login.is_right(request.form.get("password", "")):
            login.let_in()
            return redirect(url_for("overview"))
    except login.WaitError:
        return page("login", 429, said="Too many wrong passwords: wait a minute.")
    return page("login", 401, said="The password is wrong.")


@app.post("/logout")
def log_out() -> Any:
    """End the session."""
    session.clear()
    return redirect(url_for("log_in"))


@app.get("/")
def overview() -> Any:
    """Show everything there is."""
    return page(
        "overview",
        rows={name: glass.listed(kind.verb) for name, kind in KINDS.items()},
        queues=queues.queues(),
        last=last_change(),
    )


def last_change() -> str | None:
    """Say what would be undone."""
    change = changes.last_change()
    return changes.describe(change) if change else None


@app.get("/<any(nodes, connections, 'data-centers'):name>/new")
def new(name: str) -> Any:
    """Show an empty form."""
    return form(name, None, {})


@app.post("/<any(nodes, connections, 'data-centers'):name>/new")
def save_new(name: str) -> Any:
    """Add a row."""
    return saved(name, None, lambda given: changes.add(name, given))


@app.get("/<any(nodes, connections, 'data-centers'):name>/<int:id>")
def old(name: str, id: int) -> Any:
    """Show a row in its form."""
    return form(name, id, changes.form_of(name, id))


@app.post("/<any(nodes, connections, 'data-centers'):name>/<int:id>")
def save_old(name: str, id: int) -> Any:
    """Change a row."""
    return saved(name, id, lambda given: changes.edit(name, id, given))


def saved(name: str, id: int | None, save: Callable[[dict[str, str]], object]) -> Any:
    """Save a form; show it again with what is wrong."""
    given = {key: value for key, value in request.form.items() if key != "token"}
    try:
        save(given)
    except RefusedError as error:
        return form(name, id, given, error.errors, 400)
    return redirect(url_for("overview"))


@app.post("/<any(nodes, connections, 'data-centers'):name>/<int:id>/remove")
def remove(name: str, id: int) -> Any:
    """Remove a row."""
    changes.remove(name, id)
    return redirect(url_for("overview"))


@app.post("/undo")
def undo() -> Any:
    """Undo the last change."""
    changes.undo()
    return redirect(url_for("overview"))


@app.post("/queues/<int:destiny>/retry")
def retry(destiny: int) -> Any:
    """Try again what failed."""
    queues.try_again(destiny)
    return redirect(url_for("overview"))


@app.get("/api/<any(nodes, connections, 'data-centers'):name>")
def api_list(name: str) -> Response:
    """Give all rows of a kind."""
    return jsonify(glass.listed(KINDS[name].verb))


@app.post("/api/<any(nodes, connections, 'data-centers'):name>")
def api_add(name: str) -> tuple[Response, int]:
    """Add a row."""
    return jsonify(id=changes.add(name, request.get_json())), 201


@app.put("/api/<any(nodes, connections, 'data-centers'):name>/<int:id>")
def api_edit(name: str, id: int) -> Response:
    """Change a row."""
    return jsonify(changed=changes.edit(name, id, request.get_json()))


@app.delete("/api/<any(nodes, connections, 'data-centers'):name>/<int:id>")
def api_remove(name: str, id: int) -> Response:
    """Remove a row."""
    changes.remove(name, id)
    return jsonify(removed=id)


@app.post("/api/undo")
def api_undo() -> Response:
    """Undo the last change."""
    return jsonify(undone=changes.describe(changes.undo()))


@app.get("/api/queues")
def api_queues() -> Response:
    """Give what waits for each node, and what failed."""
    return jsonify(queues.queues())


@app.post("/api/queues/<int:destiny>/retry")
def api_retry(destiny: int) -> Response:
    """Try again what failed."""
    return jsonify(waiting=queues.try_again(destiny))


def form(
    name: str,
    id: int | None,
    row: dict[str, Any],
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Any:
    """Show a form with a row's values and what is wrong with them."""
    nodes = [(node["id"], node["name"]) for node in glass.listed("getNode")]
    return page(
        "form", status, name=name, kind=KINDS[name], id=id, row=row, errors=errors or {},
        nodes=nodes,
    )  # fmt: skip


def page(template: str, status: int = 200, **values: Any) -> Any:
    """Make a page."""
    return render_template(f"{template}.html", kinds=KINDS, **values), status


def told(message: str, status: int, **more: Any) -> Any:
    """Tell what went wrong, in the way that was asked in."""
    if request.path.startswith("/api/") or request.endpoint == "health":
        return jsonify(error=message, **more), status
    return page("message", status, said=message)


@app.errorhandler(RefusedError)
def refused(error: RefusedError) -> Any:
    """Answer 400 with what is wrong, by field."""
    return told(str(error), 400, errors=error.errors)


@app.errorhandler(MissingError)
def missing(error: MissingError) -> Any:
    """Answer 404."""
    return told(str(error), 404)


@app.errorhandler(login.WaitError)
def wait(_error: login.WaitError) -> Any:
    """Answer 429."""
    return told("too many wrong passwords: wait a minute", 429)


@app.errorhandler(HTTPException)
def http_error(error: HTTPException) -> Any:
    """Answer as asked."""
    return told(str(error.description), error.code or 500)


@app.errorhandler(DBAPIError)
@app.errorhandler(glass.UnavailableError)
def unavailable(error: Exception) -> Any:
    """Answer 503: it may be tried again."""
    app.logger.warning("%s", getattr(error, "orig", error))
    return told("the database or GLASS does not answer; try again later", 503)


def serve() -> None:
    """Serve HTTPS, and beside it HTTP to this container alone, for its health check."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    own = Server(("127.0.0.1", OWN_PORT), app, numthreads=1)
    Thread(target=own.safe_start, daemon=True).start()
    server = Server(("0.0.0.0", PORT), app, numthreads=THREADS)
    server.ssl_adapter = BuiltinSSLAdapter(
        os.environ["TLS_CERTIFICATE_FILE"], os.environ["TLS_KEY_FILE"]
    )
    server.ssl_adapter.context.minimum_version = ssl.TLSVersion.TLSv1_2
    server.safe_start()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    serve()
