"""Whom an event concerns, and why; what any of them may read of it is asked when it is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from deskcore.plugin import EventView, TicketView, people, tickets

#: Why those who take part hear of an answer or another status. Whoever only decides about a ticket does not.
_TAKES_PART = ("requester", "reporter", "follower", "manager")
_WHY = {"requester": "asked", "approver": "approver"}


@dataclass(frozen=True)
class Concern:
    """One reason for which somebody may be told of an event.

    :param event: key of what they are told.
    :param lead: whether that person leads the desk.
    """

    receiver: str
    event: str
    reason: str
    lead: bool = False


@dataclass(frozen=True)
class Scene:
    """What there is to know of an event before anybody is told.

    :param parts: who takes part and who works on the ticket.
    """

    event: EventView
    ticket: TicketView
    seq: int
    parts: Sequence[tickets.Concerned]

    def taking_part(self, event: str) -> Iterator[Concern]:
        """Yield those who take part in the portal, each for the closest tie to the ticket."""
        for part in self.parts:
            role = next((role for role in _TAKES_PART if role in part.roles), "")
            if role:
                yield Concern(part.person.email, event, _WHY.get(role, role))

    def working(self, event: str, *roles: str) -> Iterator[Concern]:
        """Yield those who work on the ticket in one of some ways."""
        for part in self.parts:
            for role in roles:
                if role in part.roles:
                    yield Concern(part.person.email, event, role)


def concerns_of(scene: Scene) -> dict[str, list[Concern]]:
    """Return by address why people may be told of an event; whoever did it is never told."""
    kinds = {"message_added": _message, "note_added": _note, "assigned": _assigned, "status_changed": _status}
    kinds |= {"opened": _opened, "participant_added": _added, "escalated": _handed_over}
    kinds |= {"rating_asked": _asked_to_rate, "rating_low": _rated_low}
    found: Iterable[Concern] = kinds[scene.event.kind](scene) if scene.event.kind in kinds else _promised(scene)
    by_address: defaultdict[str, list[Concern]] = defaultdict(list)
    doer, leads = (
        _addresses(scene.event.actor_email),
        {lead.email for lead in people.on_desk(scene.ticket.desk, "lead")},
    )
    for each in found:
        if each.receiver and each.receiver not in doer:
            lead = each.receiver in leads
            by_address[each.receiver].append(Concern(each.receiver, each.event, each.reason, lead))
    return dict(by_address)


def _addresses(email: str) -> set[str]:
    return set(people.addresses_of(email)) if email else set()


def _opened(scene: Scene) -> Iterator[Concern]:
    yield Concern(scene.ticket.requester.email, "opened", "asked")
    yield from scene.working("assigned", "assignee")
    for role in ("lead", "agent"):
        for person in people.on_desk(scene.ticket.desk, role):
            yield Concern(person.email, "new", role)


def _message(scene: Scene) -> Iterator[Concern]:
    from_agent = tickets.written(scene.ticket.number, scene.seq).from_agent
    yield from scene.taking_part("reply")
    yield from scene.working("colleague" if from_agent else "answer", "assignee")


def _note(scene: Scene) -> Iterator[Concern]:
    text = tickets.written(scene.ticket.number, scene.seq).text
    agents = [person for role in ("lead", "agent") for person in people.on_desk(scene.ticket.desk, role)]
    for person in tickets.mentioned(text, agents):
        yield Concern(person.email, "mention", "mention")
    yield from scene.working("note", "assignee", "member")


def _assigned(scene: Scene) -> Iterator[Concern]:
    yield Concern(str(scene.event.data.get("to") or ""), "assigned", "assignee")


def _status(scene: Scene) -> Iterator[Concern]:
    solved = scene.event.data.get("category") == "resolved"
    yield from scene.taking_part("solved" if solved else "status")


def _added(scene: Scene) -> Iterator[Concern]:
    role, email = str(scene.event.data.get("role")), str(scene.event.data.get("person") or "")
    if role == "approver":
        yield Concern(email, "approval", "approver")
    elif role in _TAKES_PART:
        yield Concern(email, "added", _WHY.get(role, role))


def _handed_over(scene: Scene) -> Iterator[Concern]:
    for person in people.in_team(scene.ticket.desk, str(scene.event.data.get("to") or "")):
        yield Concern(person.email, "team", "team")


def _asked_to_rate(scene: Scene) -> Iterator[Concern]:
    yield Concern(scene.ticket.requester.email, "rating_asked", "asked")


def _rated_low(scene: Scene) -> Iterator[Concern]:
    for person in people.on_desk(scene.ticket.desk, "lead"):
        yield Concern(person.email, "rating_low", "lead")


def _promised(scene: Scene) -> Iterator[Concern]:
    """Yield those whom a policy wants to know that a promised time runs out, or is over."""
    told: Mapping[str, object] = scene.event.data
    wanted = told.get("notify")
    for whom in wanted if isinstance(wanted, list | tuple) else ():
        if whom == "assignee":
            yield from scene.working(scene.event.kind, "assignee")
        elif whom == "lead":
            for person in people.on_desk(scene.ticket.desk, "lead"):
                yield Concern(person.email, scene.event.kind, "lead")
        elif isinstance(whom, str) and "@" in whom:
            known = people.get(whom)
            yield Concern(known.email if known else "", scene.event.kind, "policy")
