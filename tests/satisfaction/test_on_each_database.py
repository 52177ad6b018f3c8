"""From the end of a ticket to a letter, one click and what the lead hears: on each database, by a real mail server."""

from __future__ import annotations

import email
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from deskcore_satisfaction.models import Survey
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from deskcore import clock
from deskcore.desks.models import PluginDesk
from deskcore.desks.services import refresh
from deskcore.hooks.setting_values import write_setting
from deskcore.people.models import Person
from deskcore.people.services import find_person, grant
from deskcore.plugin import tickets
from deskcore.runtime import runtime
from deskcore.testing.people import viewer_of
from deskcore.tickets import services
from deskcore.tickets.models import TicketEvent
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, Area
from deskcore.work import acting_as, unit_of_work
from deskcore.worker import Worker

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANNA, MAREK, OLA, KASIA = "anna.kowalska", "marek.nowak", "ola.mazur", "kasia.dabrowska"
WORDS = ["Bardzo źle", "Źle", "W\u00a0porządku", "Dobrze", "Bardzo dobrze"]


def mail(name: str) -> str:
    return f"{name}@meridian.example"


def later(**time: int) -> datetime:
    return MONDAY + timedelta(**time)


@dataclass
class Post:
    """A mail server on this computer, and what it took."""

    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        letter = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.taken += [(receiver, letter) for receiver in envelope.rcpt_tos]
        return "250 OK"

    def to(self, name: str, words: str) -> str:
        """Return the text of the one letter to somebody that holds some words."""
        texts = []
        for receiver, letter in self.taken:
            part = letter.get_body(("plain",))
            texts += [str(part.get_content())] if part is not None and receiver == mail(name) else []
        [text] = [text for text in texts if words in text]
        return text


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Let people be asked and told, and let there be a confidential desk."""
    return ("approvals", "hr_desk", "notifications", "satisfaction")


@dataclass
class House:
    """Meridian, where everybody is told by mail."""

    app: Flask
    post: Post

    @contextmanager
    def as_(self, name: str, area: Area = "portal", at: datetime = MONDAY) -> Iterator[None]:
        with clock.at(at), self.app.test_request_context(), acting_as(viewer_of(mail(name), area)):
            yield

    def work(self, at: datetime) -> None:
        """Let a worker do what is due, and a minute later what came of it."""
        for moment in (at, at + timedelta(minutes=1)):
            with clock.at(moment):
                Worker(self.app).run_once()

    def survey(self) -> Survey:
        with self.app.app_context(), acting_as(SYSTEM) as session:
            return session.scalars(select(Survey)).one()

    def surveys(self) -> Sequence[Survey]:
        with self.app.app_context(), acting_as(SYSTEM) as session:
            return session.scalars(select(Survey)).all()

    def solved(self) -> str:
        """Let Anna report a fault, Marek solve it, and the worker ask her; return its number."""
        with self.as_(ANNA):
            anna = find_person(mail(ANNA))
            assert anna is not None
            fault = {"service": "printer", "what_happened": "It jams", "affected": "me"}
            number = open_ticket(NewTicket("it", "incident", "The printer", "It jams", anna.id, "portal", fault))
        with self.as_(MAREK, "workspace"):
            services.assign(number, mail(MAREK))
            services.set_status(number, "resolved")
        self.work(MONDAY)
        self.work(later(hours=3))
        return number


@pytest.fixture
def house(app: Flask) -> Iterator[House]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    post = Post()
    controller = Controller(post, hostname="127.0.0.1", port=port, ready_timeout=20)
    controller.start()
    settings = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "helpdesk@meridian.example"}
    with app.app_context(), acting_as(SYSTEM):
        with unit_of_work() as session:
            for key, value in settings.items():
                write_setting(session, "notifications", key, value, secret=False)
            for person in session.scalars(select(Person)):
                person.language = "pl"
        refresh()
    yield House(app, post)
    controller.stop()


def _links(text: str) -> dict[str, str]:
    """Return the answers of a letter with the paths that they lead to."""
    return {
        word: urlsplit(url).path
        for word, url in re.findall(r"^(.+): (https?://\S+/x/satisfaction/link/\S+)", text, re.M)
    }


def test_one_click_in_a_letter_and_a_confirmation_store_a_rating(
    house: House, sign_in: Callable[[str], FlaskClient]
) -> None:
    number = house.solved()
    links = _links(house.post.to(ANNA, "Jak nam poszło?"))
    assert links, house.post.to(ANNA, "Jak nam poszło?")
    assert list(links) == WORDS
    stranger = house.app.test_client()
    with clock.at(later(hours=4)):
        for path in links.values():  # as programs do that look at mail
            assert stranger.head(path).status_code == 200
            assert stranger.get(path).status_code == 200
        assert house.survey().rating is None
        page = stranger.get(links["Źle"]).text
        assert re.findall(r'value="(\d)" checked', page) == ["2"]
        assert "The printer" in page
        form = {"rating": "2", "comment": "Nadal się zacina", "version": "1"}
        answer = stranger.post(links["Źle"], data=form)
        assert answer.status_code == 303
        assert "Nadal się zacina" in stranger.get(answer.headers["Location"]).text
        assert stranger.post(links["Dobrze"], data={"rating": "4", "version": "1"}).status_code == 409
        assert sign_in(OLA).get(links["Źle"]).status_code == 403
        assert stranger.get(links["Źle"][:-3] + "xyz").status_code == 404
    survey = house.survey()
    assert (survey.rating, survey.comment, survey.version) == (2, "Nadal się zacina", 2)
    house.work(later(hours=4))
    told = house.post.to(OLA, "Niska ocena")
    assert number in told
    assert "Nadal się zacina" not in told  # what people write is read in the helpdesk, with the rights there
    with clock.at(later(days=31)):
        answer = stranger.get(links["Źle"])
        assert (answer.status_code, "za stary" in answer.text or "too old" in answer.text) == (410, True)
        assert stranger.post(links["Źle"], data=form).status_code == 410
    with house.app.app_context(), acting_as(SYSTEM) as session:
        assert "/link/" not in str(session.scalars(select(TicketEvent.data)).all())  # nobody finds a link later


def test_a_letter_to_anybody_else_holds_no_answers(house: House) -> None:
    number = house.solved()
    with house.as_(MAREK, "workspace"):
        services.add_participant(number, mail(KASIA), "follower")
    with house.app.app_context(), acting_as(SYSTEM):
        [seq] = [event.id for event in tickets.timeline(number) if event.kind == "rating_asked"]
        asked = tickets.told(number, int(seq.rpartition("/")[2]), mail(ANNA), "portal")
        follower = tickets.told(number, int(seq.rpartition("/")[2]), mail(KASIA), "portal")
    assert asked is not None
    assert len(asked.links) == 5
    assert follower is not None
    assert follower.links == ()


def test_nobody_is_asked_about_a_complaint_even_where_the_desk_asks(house: House) -> None:
    with house.app.app_context(), acting_as(SYSTEM):
        kasia, anna = find_person(mail(KASIA)), find_person(mail(ANNA))
        assert kasia is not None
        assert anna is not None
        grant(kasia, "hr", "lead")
        with unit_of_work() as session:
            session.add(PluginDesk(plugin="satisfaction", desk_id=runtime().catalogue.desk("hr").id))
        refresh()
    said = {"category": "conduct", "description": "He shouts", "anonymous": False}
    with house.as_(ANNA):
        complaint = open_ticket(NewTicket("hr", "complaint", "A complaint", "", anna.id, "portal", said))
        question = open_ticket(NewTicket("hr", "hr_question", "A question", "", anna.id, "portal", {}))
    with house.as_(KASIA, "workspace"):
        for number in (complaint, question):
            services.set_status(number, "resolved")
    house.work(MONDAY)
    house.work(later(hours=3))
    assert [survey.request_type for survey in house.surveys()] == ["hr_question"]
    assert _links("\n".join(str(letter) for _to, letter in house.post.taken)) == {}
