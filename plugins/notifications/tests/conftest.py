"""A desk whose people are told what happens, and a real mail server that takes what is sent, or does not."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from deskcore_notifications.models import Letter, Line, Notice
from sqlalchemy import delete, select

from deskcore import clock
from deskcore.desks.administration import read_desk
from deskcore.desks.models import PluginDesk
from deskcore.desks.services import refresh
from deskcore.testing import House
from deskcore.testing.outbox import catch_up, delivered, run_job
from deskcore.testing.people import PEOPLE, viewer_of
from deskcore.testing.switches import set_setting
from deskcore.testing.tickets import opened_ticket
from deskcore.tickets import services
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

#: A Monday at ten in Warsaw.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SENDER = "helpdesk@organisation.example"
#: Where the helpdesk is, for those on whom it is not.
PUBLIC = "https://help.organisation.example"


def later(**time: float) -> datetime:
    return MONDAY + timedelta(**time)


def address(role: str) -> str:
    return PEOPLE[role][0] if role in PEOPLE else role


@dataclass
class Post:
    """A mail server on this computer.

    :param says: what it answers by receiver (``""`` for everybody) to RCPT, instead of taking the letter.
    :param after: what it answers once it has a letter; ``drop`` to go away without a word.
    """

    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    seen: list[tuple[str, EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    says: dict[str, str] = field(default_factory=dict)
    after: str = ""
    port: int = 0
    _controller: Controller | None = None

    def start(self) -> None:
        self.port = self.port or _free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=20)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
        self._controller = None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, receiver: str, options: Sequence[str]
    ) -> str:
        said = self.says.get(receiver) or self.says.get("")
        if said:
            return said
        envelope.rcpt_tos.append(receiver)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        letter = email.message_from_bytes(content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.seen += [(receiver, letter) for receiver in envelope.rcpt_tos]
        if self.after == "drop":
            assert server.transport is not None
            server.transport.close()
            return "451 never heard"
        if self.after:
            return self.after
        self.taken += [(receiver, letter) for receiver in envelope.rcpt_tos]
        self.raw.append(content)
        return "250 OK"

    def to(self, role: str) -> list[EmailMessage]:
        """Return the letters that somebody got."""
        return [letter for receiver, letter in self.taken if receiver == address(role)]


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@dataclass
class Desk:
    """The plain desk of the tests; whatever follows from a step is done at once."""

    house: House

    def open(self, about: str = "A noise", at: datetime = MONDAY, **more: Any) -> str:
        with clock.at(at):
            number = opened_ticket(self.house, "concern", {"about": about}, desk="plain", **more).number
            delivered(self.house)
        return number

    def do(
        self, role: str, act: Any, *arguments: Any, at: datetime = MONDAY, area: str = "workspace", **more: Any
    ) -> None:
        """Let somebody do something, and tell those whom it concerns."""
        with clock.at(at):
            with self.as_(role, area):
                act(*arguments, **more)
            delivered(self.house)

    def reply(self, number: str, by: str = "agent", text: str = "I am looking at it.", at: datetime = MONDAY) -> None:
        self.do(by, services.reply, number, text, at=at, area="portal" if "requester" in by else "workspace")

    def assign(self, number: str, to: str = "agent", by: str = "lead") -> None:
        self.do(by, services.assign, number, address(to))

    @contextmanager
    def as_(self, role: str, area: Any) -> Iterator[None]:
        with self.house.app.test_request_context(), acting_as(viewer_of(role, area)):
            yield

    def told(self, role: str) -> list[tuple[str, str]]:
        """Return of what somebody was told, and why."""
        return [(row.event, row.reason) for row in self.notices() if row.receiver == address(role)]

    def notices(self) -> list[Notice]:
        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            return list(session.scalars(select(Notice).order_by(Notice.id)))

    def letters(self) -> list[Letter]:
        """Return the letters about one ticket each."""
        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            return list(session.scalars(select(Letter).where(Letter.thread != "").order_by(Letter.id)))

    def line(self) -> Line:
        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            return session.get_one(Line, 1)

    def send(self, at: datetime | None = None) -> None:
        """Let the worker send what is due."""
        with clock.at(at or later(minutes=1)):
            run_job(self.house, "notifications_send", {})

    def catch_up(self, at: datetime) -> None:
        """Do everything that is due at a moment, as a worker does, whatever fails."""
        with clock.at(at):
            catch_up(self.house)

    def give(self, key: str, value: Any) -> None:
        set_setting(self.house, key, value)

    def give_desk(self, key: str, *, given: bool = True) -> None:
        """Give the plugin a confidential desk, or take it away, as the lead of the desk does."""
        with self.house.app.app_context(), acting_as(SYSTEM):
            with unit_of_work() as session:
                row = read_desk(key)
                session.execute(
                    delete(PluginDesk).where(PluginDesk.desk_id == row.id, PluginDesk.plugin == "notifications")
                )
                if given:
                    session.add(PluginDesk(plugin="notifications", desk_id=row.id))
            refresh()

    def ticket_id(self, number: str) -> int:
        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            return session.scalars(select(Ticket.id).where(Ticket.number == number)).one()


@pytest.fixture
def plain(house: House) -> Desk:
    """Give the plain desk, without a mail server."""
    return Desk(house)


@pytest.fixture
def post() -> Iterator[Post]:
    """Give a mail server."""
    server = Post()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def mailing(plain: Desk, post: Post) -> Desk:
    """Give the plain desk, which sends by that server half a minute after something happened."""
    for key, value in (("host", "127.0.0.1"), ("port", post.port), ("security", "none"), ("sender", SENDER)):
        plain.give(key, value)
    return plain


@pytest.fixture
def public(mailing: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Give the same desk, at an address that others can reach."""
    parts = mailing.house.app.extensions["deskcore"]
    monkeypatch.setattr(parts, "config", replace(parts.config, base_url=PUBLIC))
    return mailing
