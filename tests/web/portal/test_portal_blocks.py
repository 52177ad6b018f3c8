"""What plugins add to the page of a request, and that one that fails costs nobody anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from flask import Flask

from deskcore.hooks.contributed import Contributed
from deskcore.hooks.contributions import PanelRow, Text
from deskcore.hooks.models import PluginFailure
from deskcore.hooks.page_parts import RequestPanel
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as


def added(app: Flask, key: str, rows: Callable[..., Any]) -> None:
    """Let an active plugin add a block."""
    parts = app.extensions["deskcore"]
    plugin = next(item.plugin for item in parts.plugins.desks)
    panel = RequestPanel(key, Text("How was it?", "Jak było?"), rows)
    known = parts.plugins.contributed.get("register_request_panels", ())
    contributed = dict(parts.plugins.contributed) | {"register_request_panels": (*known, Contributed(plugin, panel))}
    parts.plugins = replace(parts.plugins, contributed=MappingProxyType(contributed))


def raising(ticket: Any, viewer: Any) -> Any:
    raise ValueError("out of order")


def test_a_block_shows_lines_and_buttons_to_those_who_take_part(app: Flask, anna: Any, asked: str) -> None:
    seen = []

    def rows(ticket: Any, viewer: Any) -> list[PanelRow]:
        seen.append((ticket.number, viewer.email, viewer.area))
        return [PanelRow("<b>Tell</b> us", "Please"), PanelRow("Good", url="/x/good"), PanelRow("Bad", url="/x/bad")]

    added(app, "asked", rows)
    added(app, "broken", raising)
    added(app, "wrong", lambda ticket, viewer: [PanelRow("Away", url="//elsewhere.example")])
    added(app, "silent", lambda ticket, viewer: [])
    page = anna.open(f"/requests/{asked}")
    assert page.source.count("How was it?") == 1
    assert "Please: <b>Tell</b> us" in page.text
    assert {"/x/good", "/x/bad"} <= {where for where, _words in page.links} | {words for _where, words in page.links}
    assert seen == [(asked, "anna.kowalska@meridian.example", "portal")]
    with app.app_context(), acting_as(SYSTEM) as session:
        slots = set(session.scalars(sa.select(PluginFailure.slot)))
    assert {"request panel broken", "request panel wrong"} <= slots
