"""Links that a plugin gives a message are made for its receiver, and a plugin that fails keeps no message back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from flask import Flask

from conftest import BUNDLED
from deskcore.hooks.contributed import Contributed
from deskcore.hooks.contributions import Text
from deskcore.hooks.page_parts import MessageLink, MessageLinks
from deskcore.people.services import find_person
from deskcore.plugin import tickets
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.timeline import record
from deskcore.viewer import SYSTEM, Viewer, current_viewer
from deskcore.work import acting_as, unit_of_work

ANNA = "anna.kowalska@meridian.example"
GOOD = MessageLink(Text("Good", "Dobrze"), "/x/good?signed=a.b-c_d")


@pytest.fixture
def announced(app_context: Flask, viewer_named: Callable[..., Viewer]) -> tuple[str, int]:
    """Give a ticket of Anna's, and the line of its timeline that a plugin announced."""
    anna = find_person(ANNA)
    assert anna is not None
    fault = {"service": "printer", "what_happened": "It jams", "affected": "me"}
    with acting_as(viewer_named("anna.kowalska")):
        number = open_ticket(NewTicket("it", "incident", "The printer", "It jams", anna.id, "portal", fault))
    with acting_as(SYSTEM), unit_of_work() as session:
        event = record(session, find_ticket(number), SYSTEM, "plugin_said", "system", {"hook": "visit_ended"})
        event.public, event.pending = True, False
        return number, event.seq


def told(app: Flask, announced: tuple[str, int], links: Callable[..., Any]) -> tuple[MessageLink, ...]:
    """Return the links of a message to Anna, where a plugin gives these."""
    parts = app.extensions["deskcore"]
    contributed = Contributed(BUNDLED[0], MessageLinks("visit_ended", links))
    parts.plugins = replace(
        parts.plugins,
        contributed=MappingProxyType(dict(parts.plugins.contributed) | {"register_message_links": (contributed,)}),
    )
    with acting_as(SYSTEM):
        message = tickets.told(*announced, ANNA, "portal")
    assert message is not None
    assert message.subject == "The printer"
    return message.links


def test_links_are_made_by_the_plugin_for_the_receiver(app: Flask, announced: tuple[str, int]) -> None:
    asked = []

    def links(number: str, receiver: Any) -> list[MessageLink]:
        asked.append((number, receiver.email, current_viewer().area))
        return [GOOD]

    assert told(app, announced, links) == (GOOD,)
    assert asked == [(announced[0], ANNA, "plugin")]


def test_what_is_no_list_of_links_to_this_site_is_left_out(app: Flask, announced: tuple[str, int]) -> None:
    def raising(number: str, receiver: Any) -> Any:
        raise ValueError("out of order")

    away = [
        replace(GOOD, path=path) for path in ("//attacker.test", "https://attacker.test", "/\\attacker.test", "/a\nb")
    ]
    for wrong in ("text", [GOOD] * 7, ["/x/good"], *([each] for each in away)):
        assert told(app, announced, lambda *_, it=wrong: it) == (), wrong
        app.extensions["deskcore"].plugins.breaker.close(BUNDLED[0])
    assert told(app, announced, raising) == ()
    assert told(app, announced, lambda *_: (GOOD,)) == (GOOD,)
