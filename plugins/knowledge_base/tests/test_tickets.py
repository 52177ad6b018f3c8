"""Beside a ticket and inside a form: answers are offered, put into replies, and written from tickets."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from deskcore_knowledge_base import shelving

from deskcore.desks.models import PluginDesk
from deskcore.extensions import db
from deskcore.plugin import TicketView, unit_of_work
from deskcore.runtime import runtime
from deskcore.testing.people import viewer_of
from deskcore.tickets.services import reply
from deskcore.work import acting_as

from .conftest import DESK, Library

Open = Callable[..., TicketView]


def answer(library: Library, number: str, text: str) -> None:
    with library.house.app.app_context(), acting_as(viewer_of("agent", "workspace")):
        reply(number, text)


@pytest.fixture
def trusted(library: Library) -> None:
    """Give the plugin the plain desk, as an administrator does."""
    with library.open(), unit_of_work():
        db.session.add(PluginDesk(plugin="knowledge_base", desk_id=runtime().catalogue.desk(DESK).id))


def test_an_article_begins_with_the_ticket_and_its_answer(library: Library, ticket: Open) -> None:
    number = ticket().number
    answer(library, number, "Change it: lift the lid.")
    page = library.reader("agent").get("/x/knowledge_base/new", query_string={"ticket": number}).text
    text = page.partition('id="kb-body"')[2].partition("</textarea>")[0]
    assert "## Problem" in text
    assert "Change it: lift the lid." in text
    assert 'value="desk" selected' in page
    assert library.reader("other_agent").get(f"/x/knowledge_base/new?ticket={number}").status_code == 404


@pytest.mark.usefixtures("trusted")
def test_a_reply_that_leads_to_an_article_is_counted_once(library: Library, ticket: Open, outbox) -> None:  # type: ignore[no-untyped-def]
    slug, number = library.published(), ticket().number
    for _twice in range(2):
        answer(library, number, f"See http://localhost/answers/a/{slug}")
    outbox()
    with library.open():
        assert shelving.used_in(library._read(slug)) == 1
    page = library.reader("agent").get(f"/x/knowledge_base/articles/{slug}").text
    assert re.search(r"Used in</dt><dd>\s*1 ticket", page)
