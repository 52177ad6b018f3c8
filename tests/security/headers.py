"""The headers of every answer, measured and compared with what was reviewed.

``python -m tests.security.headers`` writes ``headers.toml`` anew; read every line that changed before you commit it.
"""

from __future__ import annotations

import io
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from tests.access.sent import DOCUMENTS, FORMS
from tests.access.world import World, build
from tests.security.routes import SAFE, bearer, browser, routes, url

FILE = Path(__file__).with_name("headers.toml")
Headers = dict[str, str]
#: They say something about one answer, or about how it travels, and nothing about who may do what with it.
_OTHER = {
    "Content-Length",
    "Content-Disposition",
    "Date",
    "ETag",
    "Last-Modified",
    "Location",
    "Set-Cookie",
    "Allow",
    "Link",
    "Expires",
    "Retry-After",
    "Content-Language",
    "WWW-Authenticate",
    "Accept-Ranges",
    "Idempotency-Replayed",
}
_INTRODUCTION = """\
# The headers of every answer. A profile is a set of headers; each route and each error has one.
# Written by `python -m tests.security.headers`, reviewed by a person.
"""


def measure(world: World) -> dict[str, Headers]:
    """Return the headers of every route, asked by somebody who may call it, and of every error."""
    return dict(_of_routes(world)) | dict(_of_errors(world))


def _of_routes(world: World) -> Iterator[tuple[str, Headers]]:
    for route in (route for route in routes(world.app) if route.method not in ("HEAD", "OPTIONS")):
        path, more = url(world, route.rule), _body(route.method, route.rule)
        headers = bearer(world, route.caller)
        with browser(world, route.caller).open(path, method=route.method, headers=headers, **more) as answer:
            assert answer.status_code < 500, route
            yield str(route), kept(answer)
        if route.method not in SAFE:
            world.restore()


def _body(method: str, rule: str) -> dict[str, Any]:
    if method in SAFE:
        return {}
    if rule.endswith("/attachments"):
        return {"data": {"file": (io.BytesIO(b"text"), "notes.txt")}}
    return {"json": DOCUMENTS.get(rule, {})} if rule.startswith("/api/") else {"data": FORMS.get(rule, {})}


def kept(answer: TestResponse) -> Headers:
    """Return the headers of an answer that are compared."""
    found = {name: value for name, value in sorted(answer.headers.items()) if name not in _OTHER}
    if "Content-Disposition" in answer.headers:
        found["Content-Disposition"] = answer.headers["Content-Disposition"].partition(";")[0]
    return found


def _of_errors(world: World) -> Iterator[tuple[str, Headers]]:
    anna, nobody, token = browser(world, "requester"), browser(world, "anonymous"), bearer(world, "t:agent")
    world.app.config["WTF_CSRF_ENABLED"] = True
    forged = anna.post("/profile/settings")
    world.app.config["WTF_CSRF_ENABLED"] = False
    large = {"data": b"x=" + b"x" * 3_000_000, "content_type": "application/x-www-form-urlencoded"}
    asked = {
        "page, host of others": nobody.get("/", headers={"Host": "attacker.test"}),
        "page, form of others": forged,
        "page, no sign-in": nobody.get("/profile"),
        "page, no right": anna.get("/admin/plugins"),
        "page, not there": nobody.get("/nowhere"),
        "page, a slash too many": nobody.get("/agent//tickets"),
        "page, wrong method": nobody.put("/login"),
        "page, too large": nobody.post("/login", **large),
        "page, refused": anna.post("/profile/settings", data={"time_zone": "Nowhere"}),
        "page, no file": anna.get("/files/x/x"),
        "page, no static file": nobody.get("/static/nothing.css"),
        "page, too often": _too_often(nobody, "/login"),
        "page, not changed": _not_changed(anna, "/static/app.css"),
        "api, host of others": nobody.get("/api/v1/me", headers={"Host": "attacker.test"}),
        "api, no token": nobody.get("/api/v1/me"),
        "api, not there": nobody.get("/api/v1/nowhere"),
        "api, no ticket": nobody.get("/api/v1/tickets/IT-0", headers=token),
        "api, wrong method": nobody.put("/api/v1/me", headers=token),
        "api, wrong type": nobody.post("/api/v1/tickets", headers=token, **large),
        "api, too large": nobody.post(
            "/api/v1/tickets", headers=token, data=b"x" * 3_000_000, content_type="application/json"
        ),
        "api, refused": nobody.post("/api/v1/tickets", headers=token, json={}),
    }
    for place, endpoint, path in (("page", "information.help_page", "/help"), ("api", "api.get_me", "/api/v1/me")):
        for what, error in (("broken", RuntimeError("x")), ("database away", OperationalError("x", {}, Exception()))):
            with patch.dict(world.app.view_functions, {endpoint: _failing(error)}):
                asked[f"{place}, {what}"] = nobody.get(path, headers=token)
    for name, answer in asked.items():
        with answer:
            yield f"{name} {answer.status_code}", kept(answer)


def _failing(error: Exception) -> Callable[..., Any]:
    def view(**arguments: Any) -> Any:
        raise error

    return view


def _too_often(client: FlaskClient, path: str) -> TestResponse:
    answers = [client.post(path, data={"email": "x@x.example", "password": "x"}) for _ in range(6)]
    return answers[-1]


def _not_changed(client: FlaskClient, path: str) -> TestResponse:
    with client.get(path) as first:
        return client.get(path, headers={"If-None-Match": first.headers["ETag"]})


def read(text: str) -> dict[str, Headers]:
    """Return the headers that a file holds, by answer."""
    return {answer: held["headers"] for held in tomllib.loads(text).values() for answer in held["answers"]}


def write(found: dict[str, Headers], names: dict[str, Headers]) -> str:
    """Return a file.

    :param names: profiles that have a name already.
    """
    profiles = dict(names)
    for headers in found.values():
        if headers not in profiles.values():
            profiles[f"unnamed-{len(profiles)}"] = headers
    lines = [_INTRODUCTION]
    for name, headers in profiles.items():
        answers = [answer for answer, those in found.items() if those == headers]
        if answers:
            lines += [f"[{name}]", "answers = [", *(f"    {_quoted(answer)}," for answer in answers), "]", ""]
            lines += [f"[{name}.headers]", *(f'"{key}" = {_quoted(value)}' for key, value in headers.items()), ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main() -> None:
    """Measure and write the file."""
    from conftest import _prepare

    held = tomllib.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        template, place = Path(folder, "template.db"), Path(folder, "world")
        _prepare(Path(folder), f"sqlite:///{template}")
        place.mkdir()
        found = measure(build(place, template))
    FILE.write_text(write(found, {name: one["headers"] for name, one in held.items()}), encoding="utf-8")


if __name__ == "__main__":
    main()
