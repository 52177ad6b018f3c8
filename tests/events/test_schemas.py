"""Shapes of event data: old ones are brought up to date step by step, newer ones are left alone and reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from deskcore.events import schemas
from deskcore.tickets import deliveries, services
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import TicketEvent
from deskcore.tickets.pages import history
from deskcore.tickets.work_status import work_status
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

from .conftest import Act, Listener, column, on_sqlite, states, work


@pytest.fixture(autouse=True)
def _own_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget afterwards which steps a test registered."""
    monkeypatch.setattr(schemas, "_steps", dict(schemas._steps))


def register_steps() -> None:
    """Let the data of tag changes have had two shapes before: a text under ``tag``, then a list under ``tags``."""

    @schemas.upgrader("tags_changed", to=2)
    def split(data: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"tags": data["tag"].split()}

    @schemas.upgrader("tags_changed", to=3)
    def rename(data: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"from": [], "to": data["tags"]}


def store_as(schema: int, data: dict[str, Any]) -> None:
    """Let the tag changes be stored as another version would have stored them."""
    changed = sa.update(TicketEvent).where(TicketEvent.kind == "tags_changed").values(schema=schema, data=data)
    with acting_as(SYSTEM), unit_of_work() as session:
        session.execute(changed, execution_options={"synchronize_session": False})


@pytest.fixture
def tagged(number: str, act: Act) -> str:
    """Give a ticket whose tags were changed."""
    with act("marek.nowak", "workspace"):
        services.set_tags(number, ["floor2"])
    return number


def test_each_step_is_taken_from_where_the_data_stands() -> None:
    register_steps()
    assert schemas.current("tags_changed") == 3
    wanted = {"from": [], "to": ["a", "b"]}
    assert schemas.read("tags_changed", 1, {"tag": "a b"}) == wanted
    assert schemas.read("tags_changed", 2, {"tags": ["a", "b"]}) == wanted
    assert schemas.read("tags_changed", 3, wanted) == wanted
    assert schemas.read("tags_changed", 4, wanted) is None
    assert schemas.read("opened", 1, {"desk": 1}) == {"desk": 1}


def test_a_step_must_be_the_next_one() -> None:
    register_steps()
    with pytest.raises(ValueError, match="the next shape of tags_changed is 4, not 6"):
        schemas.upgrader("tags_changed", to=6)(lambda data: data)


@on_sqlite
def test_events_are_recorded_in_the_present_shape(act: Act, number: str) -> None:
    register_steps()
    with act("marek.nowak", "workspace"):
        services.set_tags(number, ["floor2"])
    assert column(TicketEvent.schema) == [1, 3]


@on_sqlite
def test_plugins_hear_of_an_old_event_in_the_present_shape(app: Flask, listener: Listener, tagged: str) -> None:
    register_steps()
    store_as(1, {"tag": "floor2 urgent"})
    work(app)
    heard = listener.events[-1]
    assert (heard.kind, dict(heard.data), heard.schema) == (
        "tags_changed", {"from": (), "to": ("floor2", "urgent")}, 3,
    )  # fmt: skip


@on_sqlite
def test_the_timeline_shows_an_old_event_in_the_present_shape(act: Act, tagged: str) -> None:
    register_steps()
    store_as(2, {"tags": ["floor2", "urgent"]})
    with act("marek.nowak", "workspace"):
        line = history(find_ticket(tagged))[-1]
    assert (line.kind, line.data) == ("tags_changed", {"from": [], "to": ["floor2", "urgent"]})


def test_an_event_of_a_newer_version_waits_with_all_that_follow_it_and_is_reported(
    app: Flask, act: Act, listener: Listener, tagged: str
) -> None:
    store_as(2, {"labels": {"a": 1}})
    with act("marek.nowak", "workspace"):
        services.note(tagged, "Later")
    work(app)
    assert listener.kinds == ["opened"]
    assert work_status().newer == 1
    assert any("newer version" in warning for warning in work_status().warnings())
    schemas.upgrader("tags_changed", to=2)(lambda data: {"from": [], "to": list(data["labels"])})
    work(app)
    assert listener.kinds == ["opened", "tags_changed", "note_added"]
    assert work_status().newer == 0


@on_sqlite
def test_a_delivery_that_a_newer_version_made_waits_for_it(app: Flask, listener: Listener, tagged: str) -> None:
    deliveries.subscribe()
    deliveries.fan_out()
    store_as(2, {"labels": {"a": 1}})
    work(app)
    assert (listener.kinds, states()) == (["opened"], ["done", "waiting"])


@on_sqlite
def test_the_page_of_a_ticket_says_that_something_changed_when_it_cannot_say_what(visitor: Any, tagged: str) -> None:
    store_as(2, {"labels": {"a": 1}})
    browser: FlaskClient = visitor("marek.nowak")
    assert "Marek Nowak changed something" in browser.get(f"/agent/tickets/{tagged}").text
