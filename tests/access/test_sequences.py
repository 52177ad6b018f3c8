"""Random sequences of moves, grants, names, links and emergency access: by every path everybody sees the same."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conftest import _settings
from deskcore.app import create_app
from deskcore.desks import editing
from deskcore.desks.administration import add_desk
from deskcore.desks.services import refresh
from deskcore.errors import DeskcoreError
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.hooks.contributions import RequestType, Text
from deskcore.people.models import Person
from deskcore.people.services import create_person, find_person, grant, revoke
from deskcore.people.tokens import make_token
from deskcore.testing.people import signed_in, viewer_of
from deskcore.tickets import services
from deskcore.tickets.models import Ticket, TicketLink
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.queries import TicketQuery, count_tickets
from deskcore.tickets.services import emergency
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as

#: Sequences of one run, and steps of each; `make test-access` runs many.
EXAMPLES = int(os.environ.get("ACCESS_SEQUENCES", "2"))
_PEOPLE = tuple(f"{name}@sequences.example" for name in ("asker", "first", "second", "third"))
_ASKER, *_WORKERS = _PEOPLE
_DESKS = ("opn", "shy", "shz")
_TITLE = Text("Question", "Pytanie")
_SUBJECTS = ("alpha", "beta", "gamma")

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("grant"), st.sampled_from(_WORKERS), st.sampled_from(_DESKS)),
        st.tuples(st.just("revoke"), st.sampled_from(_WORKERS), st.sampled_from(_DESKS)),
        st.tuples(st.just("move"), st.sampled_from(_SUBJECTS), st.sampled_from(_DESKS)),
        st.tuples(st.just("follow"), st.sampled_from(_SUBJECTS), st.sampled_from(_WORKERS)),
        st.tuples(st.just("leave"), st.sampled_from(_SUBJECTS), st.sampled_from(_WORKERS)),
        st.tuples(st.just("close"), st.sampled_from(_SUBJECTS), st.sampled_from(_WORKERS)),
        st.tuples(st.just("open"), st.sampled_from(_SUBJECTS), st.sampled_from(_WORKERS)),
        st.tuples(st.just("name"), st.sampled_from(_SUBJECTS), st.sampled_from(_WORKERS)),
        st.tuples(st.just("unname"), st.sampled_from(_SUBJECTS), st.sampled_from(_WORKERS)),
        st.tuples(st.just("break"), st.sampled_from(_SUBJECTS), st.sampled_from(_WORKERS)),
        st.tuples(st.just("link"), st.sampled_from(_SUBJECTS), st.sampled_from(_SUBJECTS)),
    ),
    min_size=4,
    max_size=10,
)


@dataclass
class Card:
    """A ticket as the model knows it."""

    desk: str = "opn"
    named: bool = False
    members: set[str] = field(default_factory=set)
    followers: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    requester: str = _ASKER


@dataclass
class Model:
    """Who should see what: a few sets, and none of the code that is tested.

    :param grants: pairs of person and desk.
    """

    cards: dict[str, Card]
    grants: set[tuple[str, str]] = field(default_factory=set)

    def in_portal(self, who: str) -> set[str]:
        """Return the subjects somebody sees in the portal."""
        return {
            name
            for name, card in self.cards.items()
            if who == card.requester or who in card.followers or who in card.broken
        }

    def in_workspace(self, who: str) -> set[str]:
        """Return the subjects somebody sees in the workspace."""
        return {name for name, card in self.cards.items() if self.works_on(who, card)}

    def works_on(self, who: str, card: Card) -> bool:
        """Tell whether somebody sees a ticket in the workspace."""
        if (who, card.desk) not in self.grants or (who == card.requester and card.desk != "opn"):
            return False
        return not card.named or who in card.members or who in card.broken

    def leads(self, desk: str) -> set[str]:
        """Return who works on a desk: in this world everybody who does leads it."""
        return {who for who, on in self.grants if on == desk}


class World:
    """The installation, and the model beside it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        subjects = dict.fromkeys(_SUBJECTS)
        self.model = Model({name: Card(requester=_WORKERS[0] if name == "gamma" else _ASKER) for name in subjects})
        self.ids: dict[str, int] = {}
        for name, card in self.model.cards.items():
            viewer = viewer_of(card.requester, "portal")
            assert viewer.person_id is not None
            with acting_as(viewer):
                number = open_ticket(NewTicket("opn", "question", name, "", viewer.person_id, "portal"))
            with acting_as(SYSTEM) as session:
                self.ids[name] = session.scalars(sa.select(Ticket.id).where(Ticket.number == number)).one()
        for who, desk in ((_WORKERS[0], "opn"), (_WORKERS[1], "opn"), (_WORKERS[2], "shy")):
            self.take("grant", who, desk)

    def number(self, name: str) -> str:
        """Return the number that a ticket has now."""
        with acting_as(SYSTEM) as session:
            return session.scalars(sa.select(Ticket.number).where(Ticket.id == self.ids[name])).one()

    def take(self, step: str, one: str, other: str) -> None:
        """Take one step in both; what the services refuse, the model does not do either."""
        getattr(self, f"_{step}")(one, other)

    def _grant(self, who: str, desk: str) -> None:
        grant(_person(who), desk, "lead")
        self.model.grants.add((who, desk))

    def _revoke(self, who: str, desk: str) -> None:
        revoke(_person(who), desk)
        self.model.grants.discard((who, desk))

    def _somebody(self, name: str) -> str | None:
        return next((who for who in _WORKERS if self.model.works_on(who, self.model.cards[name])), None)

    def _done(self, name: str, act: Callable[[str], Any]) -> bool:
        """Let somebody who works on a ticket do something to it, and tell whether it was done."""
        who = self._somebody(name)
        if who is None:
            return False
        with acting_as(viewer_of(who, "workspace")):
            try:
                act(self.number(name))
            except DeskcoreError:
                return False
        return True

    def _move(self, name: str, desk: str) -> None:
        card = self.model.cards[name]
        if card.desk == desk or not self._done(name, lambda number: services.escalate(number, desk, "")):
            return
        if card.named:
            there = {who for who in card.members if (who, desk) in self.model.grants}
            card.members = there or self.model.leads(desk)
        if desk != "opn":
            card.followers = set()
        card.desk, card.broken = desk, set()

    def _follow(self, name: str, who: str) -> None:
        if self._done(name, lambda number: services.add_participant(number, who)):
            self.model.cards[name].followers.add(who)

    def _leave(self, name: str, who: str) -> None:
        if self._done(name, lambda number: services.remove_participant(number, who)):
            self.model.cards[name].followers.discard(who)

    def _close(self, name: str, _who: str) -> None:
        actor, card = self._somebody(name), self.model.cards[name]
        if self._done(name, services.leave_to_named) and not card.named and actor is not None:
            card.named, card.members = True, {actor}

    def _open(self, name: str, _who: str) -> None:
        if self._done(name, services.open_to_desk):
            self.model.cards[name].named, self.model.cards[name].members = False, set()

    def _name(self, name: str, who: str) -> None:
        if self._done(name, lambda number: services.name_person(number, who)):
            self.model.cards[name].members.add(who)

    def _unname(self, name: str, who: str) -> None:
        if self._done(name, lambda number: services.take_name_off(number, who)):
            self.model.cards[name].members.discard(who)

    def _break(self, name: str, who: str) -> None:
        viewer = viewer_of(who, "portal")
        asker = Viewer(viewer.person_id, "portal", viewer.desk_roles, administrator=True)
        with acting_as(asker):
            emergency.ask(self.number(name), "It cannot wait any longer")
            token = emergency.emergencies()[0].token
        with acting_as(Viewer(_person("admin@meridian.example").id, "portal", administrator=True)):
            emergency.decide(token, agreed=True)
        self.model.cards[name].broken.add(who)

    def _link(self, name: str, other: str) -> None:
        self._done(name, lambda number: services.link(number, self.number(other)))

    def check(self) -> None:
        """Compare what everybody sees by every path with the model."""
        with self.app.app_context():
            numbers = {name: self.number(name) for name in _SUBJECTS}
            self._check_statements()
        for who in _PEOPLE:
            self._check_addresses(who, numbers)

    def _check_statements(self) -> None:
        for who in _PEOPLE:
            for area, expected in (("portal", self.model.in_portal(who)), ("workspace", self.model.in_workspace(who))):
                viewer = viewer_of(who, area)
                with acting_as(viewer) as session:
                    assert set(session.scalars(sa.select(Ticket.subject))) == expected, (who, area)
                    assert count_tickets({"all": TicketQuery(queue="all")}, viewer.person_id)["all"] == len(expected)
                    linked = set(session.scalars(sa.select(TicketLink.ticket_id)))
                    assert linked <= {self.ids[name] for name in expected}

    def _check_addresses(self, who: str, numbers: dict[str, str]) -> None:
        client, works = signed_in(self.app, who), any(person == who for person, _desk in self.model.grants)
        portal, workspace = self.model.in_portal(who), self.model.in_workspace(who)
        for name, number in numbers.items():
            assert (client.get(f"/requests/{number}").status_code == 200) == (name in portal), (who, name)
            if works:
                assert (client.get(f"/agent/tickets/{number}").status_code == 200) == (name in workspace), (who, name)
        if works:
            listed = client.get("/agent/tickets?queue=all").text
            assert {name for name in _SUBJECTS if f">{name}<" in listed or f"{name}</a>" in listed} == workspace
            rows = csv.DictReader(io.StringIO(client.get("/agent/tickets.csv?queue=all").text.lstrip("\ufeff")))
            assert {name for row in rows for name in _SUBJECTS if name in row.values()} == workspace
            for name in _SUBJECTS:
                found = client.get(f"/agent/search?q={name}").text
                assert (numbers[name] in found) == (name in workspace), (who, name)
        for area, expected in (("portal", portal), *((("workspace", workspace),) if works else ())):
            with self.app.app_context():
                secret = make_token(_person(who), "sequences", area=area).token
            answer = client.get("/api/v1/tickets?queue=all", headers={"Authorization": f"Bearer {secret}"})
            assert {item["subject"] for item in answer.get_json()["items"]} == expected, (who, area)


def _person(email: str) -> Person:
    person = find_person(email)
    assert person is not None
    return person


@pytest.fixture(scope="module")
def prepared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database that has the desks and the people, for each sequence to copy."""
    folder = tmp_path_factory.mktemp("sequences")
    path = folder / "deskcore.db"
    shutil.copy(sqlite_template, path)
    app = create_app(_settings(folder, f"sqlite:///{path}"))
    with app.app_context():
        for email in _PEOPLE:
            create_person(email, email.partition("@")[0].title(), None)
        admin = _person("admin@meridian.example")
        with acting_as(Viewer(admin.id, "portal", administrator=True)):
            for key in _DESKS:
                add_desk(key, {"en": key, "pl": key}, confidential=key != "opn")
                refresh()
            editing.create(RequestType("question", "opn", _TITLE, _TITLE), admin.email)
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return path


@pytest.fixture
def worlds(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], World]]:
    """Give a function that makes a world anew."""
    folder = tmp_path_factory.mktemp("sequence")
    path = folder / "deskcore.db"
    shutil.copy(prepared, path)
    app = create_app(_settings(folder, f"sqlite:///{path}"))
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = True

    def make() -> World:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
            for stale in folder.glob("deskcore.db-*"):
                stale.unlink()
            shutil.copy(prepared, path)
            return World(app)

    yield make
    with app.app_context():
        db.engine.dispose()


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.generate),
)
@given(steps=STEPS)
def test_whatever_is_done_everybody_sees_by_every_path_what_the_model_says(
    worlds: Callable[[], World], steps: list[tuple[str, str, str]]
) -> None:
    world = worlds()
    for step in steps:
        with world.app.app_context():
            world.take(*step)
    world.check()
    with world.app.app_context(), acting_as(SYSTEM) as session:
        assert check_all(session).findings == []
