"""A ticket is found by its words a moment after it was opened; what every backend does is tested with the core."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient

from deskcore import clock
from deskcore.plugin import TicketView
from deskcore.testing.house import House
from deskcore.testing.outbox import catch_up, delivered


def test_agents_find_a_new_ticket(
    house: House, ticket: Callable[..., TicketView], api: Callable[[str], FlaskClient]
) -> None:
    opened = ticket(details="The coffee machine leaks")
    delivered(house)
    with clock.at(clock.now() + timedelta(minutes=1)):
        catch_up(house)
    found = api("agent").get("/api/v1/search?q=leaking+coffee&kind=ticket").get_json()["items"]
    assert [each["url"].rpartition("/")[2] for each in found] == [opened.number]
