"""A failure from its first word to its end, with the people it affects and what each of them is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from deskcore_announcements import affecting, boards, reading, tidying, writing
from deskcore_announcements.invariants import solved_tickets_have_no_open_notice
from deskcore_announcements.rights import ITSELF, Publisher
from deskcore_announcements.writing import Wanted
from deskcore_notifications import centre
from flask import Flask
from flask.testing import FlaskClient

from deskcore import clock
from deskcore.people.services import find_person
from deskcore.plugin import Text, ViewerView, now, tickets
from deskcore.testing import House
from deskcore.testing.outbox import delivered
from deskcore.tickets import services
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

ANNA = ViewerView("anna.kowalska@meridian.example", "Anna Kowalska", "portal")
PIOTR = ViewerView("piotr.zielinski@meridian.example", "Piotr Zieliński", "portal")
MAREK = Publisher("marek.nowak@meridian.example", {"it": "agent"})
OLA = ViewerView("ola.mazur@meridian.example", "Ola Mazur", "workspace", "en", {"it": "lead"})
TITLES = {"title_en": "E-mail is slow", "title_pl": "Poczta działa wolno"}


@contextmanager
def inside(app: Flask) -> Iterator[None]:
    """Act as the system."""
    with app.test_request_context(), acting_as(SYSTEM):
        yield


def work(app: Flask) -> None:
    """Let the worker do what is due; what fails there fails here."""
    delivered(House(app, "announcements", None))


def lines(reader: ViewerView) -> list[tuple[str, str]]:
    """Return what somebody is told, the newest first."""
    listed = centre.listed(reader, "en", unread_only=True, page=1)
    return [(row.line, row.subject) for row in listed.rows]


def test_those_whom_it_affects_are_told_until_its_ticket_is_solved(
    app: Flask, sign_in: Callable[[str], FlaskClient]
) -> None:
    with inside(app):
        person = find_person(PIOTR.email)
        assert person is not None
        asked = NewTicket("it", "incident", "Slow", "It is slow.", person.id, "portal", {"service": "mail"})
        number = open_ticket(asked)
        affecting.subscribe(PIOTR, wants=True)
        affecting.subscribe(PIOTR, wants=True)
        wanted = Wanted("it", **TITLES, counted=True, services=("it/incident",), number=number)
        notice = writing.publish(wanted, MAREK, "form")
        assert writing.publish(wanted, MAREK, "form").token == notice.token
        for _again in range(2):
            assert affecting.affects(notice.token, ANNA).id == notice.id
        [shown] = reading.current(ANNA, service="it/incident")
        assert (shown.affected, shown.mine) == (1, True)
        writing.add_update(notice.token, Text("Found.", "Znalezione."), MAREK, "u", now() + timedelta(hours=1))
    work(app)
    with inside(app):
        assert lines(PIOTR) == [("New service notice", "E-mail is slow")]
        assert lines(ANNA) == [("How it goes on", "E-mail is slow")]
        services.set_status(number, "resolved")
    work(app)
    with inside(app):
        assert lines(ANNA)[0] == ("It is over", "E-mail is slow")
        assert [centre.unread_count(each) for each in (ANNA, PIOTR)] == [2, 2]
        assert reading.current(ANNA) == boards.home("", ANNA) == []
        assert list(solved_tickets_have_no_open_notice(tickets.ids(limit=50))) == []
        token = centre.listed(ANNA, "en", unread_only=True, page=1).rows[0].token
    anna = sign_in("anna.kowalska")
    assert anna.get(f"/notifications/to/{token}").location == f"/status/{notice.token}"
    assert anna.post("/notifications/read").status_code == 303
    with inside(app):
        assert lines(ANNA) == []
        with clock.at(now() + tidying.KEPT + timedelta(days=1)):
            tidying.tidy({})
            assert reading.of_desks(["it"], over=True)[0].affected == 1


def test_a_team_is_told_once_and_each_of_it_reads_for_himself(app: Flask) -> None:
    with inside(app):
        wanted = Wanted("it", "team", **TITLES, tell=True)
        notice = writing.publish(wanted, MAREK, "team")
    work(app)
    with inside(app):
        assert lines(OLA) == [("Announced to your desk", "E-mail is slow")]
        assert [each.token for each in reading.announced(OLA)] == [notice.token]
        for _again in range(2):
            affecting.read(notice.token, OLA)
        assert reading.announced(OLA) == []
        assert [each.notice.token for each in reading.of_desks(OLA.desks, over=False)] == [notice.token]
        writing.add_update(notice.token, Text("Done.", ""), ITSELF, "over", closing=True)
        assert reading.of_desks(OLA.desks, over=False) == []
