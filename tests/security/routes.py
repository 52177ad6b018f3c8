"""Every route of the URL map, with an address at which somebody who may call it gets an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from deskcore.extensions import db
from tests.access.sent import PLACES
from tests.access.world import World

#: Who calls routes of a class: a role of the world in a browser, or a token.
CALLERS = {
    "static": "anonymous",
    "public": "anonymous",
    "portal": "requester",
    "workspace": "agent",
    "admin": "admin",
    "audit": "admin",
    "token": "t:agent",
}
SAFE = ("GET", "HEAD", "OPTIONS")
_PLACE = re.compile(r"<(?:[^<>]*:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """A rule of the URL map with one of its methods.

    :param access: class of its blueprint; ``static`` for the core's static files.
    """

    method: str
    rule: str
    endpoint: str
    access: str

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    @property
    def caller(self) -> str:
        return CALLERS[self.access]


def routes(app: Flask) -> Iterator[Route]:
    """Yield every route of an application."""
    classes = app.extensions["deskcore_access"] | {"": "static"}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for method in sorted(rule.methods or ()):
            yield Route(method, rule.rule, rule.endpoint, classes[rule.endpoint.rpartition(".")[0]])


def url(world: World, rule: str, state: str = "normal") -> str:
    """Return the address of a rule about the ticket in a state, with every place filled."""
    places = PLACES | world.places(rule, state)
    return _PLACE.sub(lambda found: places[found[1]], rule)


def browser(world: World, role: str) -> FlaskClient:
    """Return a browser in which a role is signed in; nobody, for ``anonymous``."""
    client = world.app.test_client()
    if role in world.cookies:
        client.set_cookie("deskcore", world.cookies[role])
    return client


def bearer(world: World, role: str) -> dict[str, str]:
    """Return the headers of a program with the token of a role; none for somebody in a browser."""
    return {"Authorization": f"Bearer {world.secrets[role]}"} if role in world.secrets else {}


def dump(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table."""
    with app.app_context(), db.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        # Asked of the driver: the guard against SQL outside the policy is not for a test that compares everything.
        raw: Any = connection.connection.driver_connection
        return {name: sorted(raw.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in names}


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the tables that differ."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
