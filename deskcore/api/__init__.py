"""The API under ``/api/v1``: a public contract, for programs that carry a token."""

from __future__ import annotations

from flask import Flask

from deskcore.api import (
    attachments,
    authentication,
    catalogue,
    changes,
    openapi,
    people,
    plugin_resources,
    revealing,
    search,
    tickets,
    timeline,
)
from deskcore.api.blueprint import blueprint
from deskcore.config import Config
from deskcore.extensions import csrf
from deskcore.hooks.registry import Registry

__all__ = ["init_app"]

#: The modules whose import registers their operations, in the order in which they are described.
RESOURCES = (tickets, changes, revealing, timeline, attachments, search, catalogue, people, openapi)


def init_app(app: Flask, config: Config, plugins: Registry) -> None:
    """Add the API to ``app``, with what plugins add to it.

    It needs no protection against forged forms, because no cookie signs anybody in here.
    """
    csrf.exempt(blueprint)
    app.extensions.setdefault("deskcore_access", {})[blueprint.name] = "token"
    authentication.init_app(app, config)
    openapi.init_app(app)
    plugin_resources.init_app(app, plugins)
