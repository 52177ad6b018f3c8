"""The API under ``/api/v1``: a public contract, for programs that carry a token."""

from __future__ import annotations

from flask import Flask

from deskcore.api import catalogue, changes, people, tickets, timeline
from deskcore.api.blueprint import blueprint
from deskcore.api.openapi import describe
from deskcore.extensions import csrf

__all__ = ["init_app"]

#: The modules whose import registers their operations.
RESOURCES = (people, catalogue, tickets, changes, timeline)


def init_app(app: Flask) -> None:
    """Add the API to ``app``.

    It needs no protection against forged forms, because no cookie signs anybody in here.
    """
    csrf.exempt(blueprint)
    app.extensions.setdefault("deskcore_access", {})[blueprint.name] = "token"
    describe(app)
