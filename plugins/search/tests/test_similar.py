"""Beside a ticket: others about the same that the agent sees, and how they were answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from deskcore import clock
from deskcore.plugin import tickets
from deskcore.testing import Canary, Statements
from deskcore.testing.house import House
from deskcore.testing.outbox import catch_up, delivered
from deskcore.testing.people import viewer_of
from deskcore.testing.tickets import opened_ticket
from deskcore.tickets.services import reply, set_status
from deskcore.work import acting_as

ANSWER = "Turn the valve under the coffee machine."


@pytest.fixture
def solved(house: House) -> str:
    """Give a solved ticket about a coffee machine, beside one about something else, and one that others keep."""
    machine = {"about": "Coffee machine leaks in the kitchen"}
    number = opened_ticket(house, None, machine, by="other_requester").number
    with house.app.app_context(), acting_as(viewer_of("agent", "workspace")):
        reply(number, ANSWER)
        set_status(number, "resolved")
    opened_ticket(house, None, {"about": "Parking place for a visitor"})
    opened_ticket(house, "concern", machine, desk="elsew")
    return number


def shown_beside(client: FlaskClient, number: str) -> str:
    return client.get(f"/agent/tickets/{number}/panels/search/similar").text


def indexed(house: House) -> None:
    delivered(house)
    with clock.at(clock.now() + timedelta(minutes=1)):
        catch_up(house)


def test_a_solved_ticket_about_the_same_is_shown_with_its_answer_and_nothing_that_others_keep(
    house: House, solved: str
) -> None:
    number = opened_ticket(house, None, {"about": "The coffee machines are leaking again"}).number
    indexed(house)
    agent = house.as_user("agent")
    shown = shown_beside(agent, number)
    assert re.findall(r'href="/agent/tickets/([A-Z0-9-]+)"', shown) == [solved]
    assert ANSWER in shown
    place = re.search(r"insert=([a-z0-9._-]+)", shown)
    assert place is not None
    page = agent.get(f"/agent/tickets/{number}", query_string={"insert": place[1]}).text
    assert ANSWER in page.partition('id="reply-body"')[2].partition("</textarea>")[0]
    closed = agent.get(f"/agent/tickets/{number}").text
    assert "Similar tickets" in closed
    assert ANSWER not in closed


def test_an_answer_that_is_for_its_own_people_is_not_offered(house: House, solved: str) -> None:
    mine = opened_ticket(
        house, "concern", {"about": "A coffee machine leaks"}, desk="elsew", by="other_requester"
    ).number
    with house.app.app_context(), acting_as(viewer_of("other_agent", "workspace")):
        reply(mine, "Ask nobody else.")
        set_status(mine, "resolved")
    other = opened_ticket(house, "concern", {"about": "The coffee machine leaks"}, desk="elsew").number
    indexed(house)
    shown = shown_beside(house.as_user("other_agent"), other)
    assert mine in shown
    assert "Ask nobody else." not in shown
    assert solved not in shown
    assert house.as_user("agent").get(f"/agent/tickets/{other}/panels/search/similar").status_code == 404


def test_two_statements_find_them_however_many_words_there_are(
    house: House, solved: str, query_budget: Callable[[int], AbstractContextManager[Statements]]
) -> None:
    ticket = opened_ticket(house, None, {"about": "The coffee machine in the kitchen leaks water on the floor again"})
    indexed(house)
    with house.app.app_context(), acting_as(viewer_of("agent", "workspace")), query_budget(2):
        assert [each.number for each in tickets.similar(ticket)] == [solved]


def test_nobody_learns_of_tickets_of_other_desks(house: House, canary: Canary) -> None:
    indexed(house)
    canary.check()


def test_a_ticket_like_no_other_has_none(house: House, solved: str) -> None:
    number = opened_ticket(house, None, {"about": "Badge for the garage"}).number
    indexed(house)
    assert "Nothing to show for this ticket" in shown_beside(house.as_user("agent"), number)
