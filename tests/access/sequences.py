"""An installation in which anything is done to who sees what, and beside it a model of a few sets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from deskcore.clock import now
from deskcore.errors import DeskcoreError
from deskcore.people.models import Person
from deskcore.people.services import find_person, grant, revoke
from deskcore.testing.people import signed_in, viewer_of
from deskcore.tickets import services
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.services import emergency
from deskcore.tickets.undo import offer_undo, undo
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as
from deskcore.worker import Worker

ASKER, BOSS, KEEPER, *WORKERS = PEOPLE = tuple(
    f"{name}@sequences.example" for name in ("asker", "boss", "keeper", "first", "second", "third")
)
DESKS = ("opn", "shy", "shz", "hr")
#: Two plain questions, one of somebody who works himself, leave that the boss approves, and a complaint about a worker.
SUBJECTS = ("alpha", "beta", "gamma", "delta", "epsilon")
ACCUSED = WORKERS[2]


@dataclass
class Card:
    """A ticket as the model knows it.

    :param asked: who is asked to approve it, and who decides in that person's place.
    :param never: who may never see it.
    """

    desk: str = "opn"
    named: bool = False
    members: set[str] = field(default_factory=set)
    followers: set[str] = field(default_factory=set)
    managers: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    asked: tuple[str, str] | None = None
    never: frozenset[str] = frozenset()
    requester: str = ASKER


@dataclass
class Model:
    """Who should see what: a few sets, and none of the code that is tested.

    :param grants: pairs of person and desk.
    :param deputy: who decides in the place of the boss.
    """

    cards: dict[str, Card]
    grants: set[tuple[str, str]] = field(default_factory=set)
    deputy: str = ""

    def in_portal(self, who: str) -> set[str]:
        """Return the subjects somebody sees in the portal."""
        return {
            name
            for name, card in self.cards.items()
            if who == card.requester or who in card.followers | card.managers | card.broken | {*(card.asked or ())}
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


class Sequence:
    """The installation, and the model beside it; every step is taken in both.

    What the services refuse, the model does not do either.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        cards = {"alpha": Card(), "beta": Card(), "gamma": Card(requester=WORKERS[0])}
        cards["delta"] = Card("hr", managers={BOSS}, asked=(BOSS, BOSS))
        cards["epsilon"] = Card("hr", named=True, members={KEEPER}, never=frozenset({ACCUSED}))
        self.model = Model(cards)
        self.ids: dict[str, int] = {}
        for who, desk in ((KEEPER, "hr"), (WORKERS[0], "opn"), (WORKERS[1], "opn"), (WORKERS[2], "shy")):
            self.take("grant", who, desk)
        for name in SUBJECTS:
            self._ask(name)
        self.work()
        with app.test_request_context():
            client = signed_in(app, BOSS)
        [self.decision] = re.findall(r'href="(/approvals/[\w-]{16,24})"', client.get("/approvals").text)

    def _ask(self, name: str) -> None:
        soon = (now() + timedelta(days=30)).date().isoformat()
        accused = [{"person": ACCUSED, "part": "accused"}]
        kinds: dict[str, tuple[str, dict[str, Any]]] = {
            "delta": ("leave_request", {"kind": "annual", "period": {"from": soon, "until": soon}}),
            "epsilon": ("complaint", {"category": "conduct", "description": "?", "involved": accused}),
        }
        card, (kind, answers) = self.model.cards[name], kinds.get(name, ("question", {}))
        viewer = viewer_of(card.requester, "portal")
        assert viewer.person_id is not None
        with acting_as(viewer):
            number = open_ticket(NewTicket(card.desk, kind, name, "", viewer.person_id, "portal", answers))
        with acting_as(SYSTEM) as session:
            self.ids[name] = session.scalars(sa.select(Ticket.id).where(Ticket.number == number)).one()

    def number(self, name: str) -> str:
        """Return the number that a ticket has now."""
        with acting_as(SYSTEM) as session:
            return session.scalars(sa.select(Ticket.number).where(Ticket.id == self.ids[name])).one()

    def work(self) -> None:
        """Do what is due: plugins are told of what has happened."""
        Worker(self.app).run_once()

    def take(self, step: str, one: str, other: str) -> None:
        """Take one step in both."""
        getattr(self, f"_{step}")(one, other)

    def browser(self, who: str) -> FlaskClient:
        """Return a browser in which somebody is signed in."""
        return signed_in(self.app, who)

    def _grant(self, who: str, desk: str) -> None:
        grant(person(who), desk, "lead")
        self.model.grants.add((who, desk))

    def _revoke(self, who: str, desk: str) -> None:
        revoke(person(who), desk)
        self.model.grants.discard((who, desk))

    def _somebody(self, name: str) -> str | None:
        return next((who for who in PEOPLE if self.model.works_on(who, self.model.cards[name])), None)

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
            card.members = there or self.model.leads(desk) - card.never
        if desk != "opn":
            card.followers, card.managers = set(), set()
        card.desk, card.broken = desk, set()

    def _there_and_back(self, name: str, desk: str) -> None:
        card = self.model.cards[name]

        def both_ways(number: str) -> None:
            token = offer_undo([services.escalate(number, desk, "").change])
            assert undo(token).done == [number]

        if card.desk != desk and self._done(name, both_ways):
            # Whoever was named and works on the desk no longer, and who came in an emergency, does not come back.
            card.members = {who for who in card.members if (who, card.desk) in self.model.grants}
            card.broken = set()

    def _follow(self, name: str, who: str) -> None:
        if self._done(name, lambda number: services.add_participant(number, who)):
            self.model.cards[name].followers.add(who)

    def _leave(self, name: str, who: str) -> None:
        if self._done(name, lambda number: services.remove_participant(number, who)):
            self.model.cards[name].followers.discard(who)

    def _invite(self, name: str, who: str) -> None:
        """Let somebody, in the portal, try to let the second worker follow."""
        card, place = self.model.cards[name], f"/requests/{self.number(name)}/people"
        may = who == card.requester or (who in card.followers and card.desk == "opn")
        done = self.browser(who).post(place, data={"person": WORKERS[1]}).status_code in (302, 303)
        assert done == (may and WORKERS[1] not in card.never), (name, who)
        if done:
            card.followers.add(WORKERS[1])

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
        with acting_as(Viewer(person("admin@meridian.example").id, "portal", administrator=True)):
            emergency.decide(token, agreed=True)
        if who not in self.model.cards[name].never:
            self.model.cards[name].broken.add(who)

    def _link(self, name: str, other: str) -> None:
        self._done(name, lambda number: services.link(number, self.number(other)))

    def _delegate(self, _name: str, who: str) -> None:
        """Let somebody decide in the place of the boss from today on."""
        days = {"since": now().date().isoformat(), "until": (now() + timedelta(days=9)).date().isoformat()}
        assert self.browser(BOSS).post("/approvals/delegation", data={"delegate": who} | days).status_code == 303
        self.model.deputy = who
        self._stand_in()

    def _undelegate(self, _name: str, _who: str) -> None:
        boss = self.browser(BOSS)
        for place in re.findall(r'action="(/approvals/delegation/[\w-]+/end)"', boss.get("/approvals/delegation").text):
            assert boss.post(place).status_code == 303
        self.model.deputy = ""
        self._stand_in()

    def _stand_in(self) -> None:
        card = self.model.cards["delta"]
        if card.asked is not None and card.asked[0] == BOSS:
            card.asked = (BOSS, self.model.deputy or BOSS)

    def _hand_over(self, _name: str, who: str) -> None:
        """Let the boss hand the decision over for good."""
        if self._decides(BOSS, {"action": "hand_over", "delegate": who}):
            self.model.cards["delta"].asked = (who, who)

    def _approve(self, _name: str, who: str) -> None:
        if self._decides(who, {"action": "approve"}):
            self.model.cards["delta"].asked = None

    def _decides(self, who: str, form: dict[str, str]) -> bool:
        """Let somebody do something with what the boss was asked, and tell whether it was done."""
        client = self.browser(who)
        version = re.search(r'name="version" value="(\d+)"', client.get(self.decision).text)
        done = client.post(self.decision, data=form | {"version": version[1] if version else "1"}).status_code == 303
        assert not done or who in (self.model.cards["delta"].asked or ()), who
        return done

    def _withdraw(self, _name: str, _who: str) -> None:
        """Let the asker say that the leave is no longer needed; then nobody is asked any more."""
        self.browser(ASKER).post(f"/requests/{self.number('delta')}/withdraw")
        self.work()
        self.model.cards["delta"].asked = None


def person(email: str) -> Person:
    """Return somebody who is there."""
    found = find_person(email)
    assert found is not None
    return found
