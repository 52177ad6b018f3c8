"""The same change to many tickets: an exact plan first, then each ticket on its own, with what was skipped and why.

A plan is made of what the tickets are now, and says for each what would change; doing it compares versions, so that a
ticket that somebody changed meanwhile is left alone and named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from deskcore.errors import Conflict, DeskcoreError, Problem, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import PRIORITIES
from deskcore.people.absentees import absent_on, whoever_is_there
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets import edits
from deskcore.tickets.edits import Edits, Part, plan_edits, tags_after
from deskcore.tickets.models import Ticket
from deskcore.tickets.planning import Agent, agent_of, assignee_before_and_after, obstacles, tickets_now
from deskcore.tickets.queries import TicketQuery, conditions
from deskcore.tickets.services import assign, edit, set_priority, set_status, set_tags
from deskcore.tickets.services.rights import author, require_agent
from deskcore.tickets.texts import clean_tags
from deskcore.tickets.timeline import Change
from deskcore.tickets.workflow import priority_key

#: Tickets that one step changes; the plan of all that match says how many are left.
STEP = 500
#: Tickets that a plan looks at.
MOST = 5_000


@dataclass(frozen=True)
class Wish:
    """The one thing that is to change.

    :param assignee: address of an agent, or ``""`` for nobody; ``None`` when it is about something else.
    :param stand_in: give it to whoever stands in for that agent instead, on each desk.
    :param add: tags; together with those to ``remove`` they are one change.
    :param edits: several changes that are made together, in the place of all others.
    """

    assignee: str | None = None
    status: str = ""
    priority: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    edits: Edits | None = None
    stand_in: bool = False

    @property
    def parts(self) -> int:
        """How many things it is about; only one can be done, and undone, at a time."""
        one_of_them = bool(self.status), bool(self.priority), bool(self.add or self.remove), self.edits is not None
        return (self.assignee is not None) + sum(one_of_them)


@dataclass(frozen=True)
class Planned:
    """A ticket of a plan.

    :param before: what it is now, as the wish names it; ``after``: what it would be.
    :param reason: why it is skipped instead; ``""`` when it is not.
    :param already: it is skipped because it is so already.
    :param parts: what it is and would be, where several changes are made together, and ``requester`` the name of who
        asked; ``desk`` is the key of its desk.
    """

    number: str
    version: int
    subject: str
    before: str = ""
    after: str = ""
    reason: str = ""
    already: bool = False
    parts: Sequence[Part] = ()
    desk: str = ""
    requester: str = ""

    @property
    def status(self) -> str:
        """Key of the status that it would get as part of several changes, or ``""``."""
        return next((part.after for part in self.parts if part.field == "status"), "")


@dataclass(frozen=True)
class Plan:
    """What a wish would do to tickets as they are now.

    :param beyond: whether there are more tickets than one plan looks at.
    :param silent: names of plugins that did not say of every ticket whether they agree; they may still refuse.
    """

    changed: Sequence[Planned]
    skipped: Sequence[Planned]
    beyond: bool = False
    silent: tuple[str, ...] = ()


@dataclass
class Outcome:
    """What came of it.

    :param done: numbers of the tickets that were changed; ``changes`` lets them be undone.
    :param skipped: numbers of the others with the reason; ``already``: how many more were so already.
    """

    done: list[str] = field(default_factory=list)
    changes: list[Change | None] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    already: int = 0


def wish(assignee: str | None, status: str, priority: str, add: str, remove: str, stand_in: str = "") -> Wish:
    """Return what a form asks for; tags are written with commas or spaces between them.

    :raises Refused: when it makes no sense on any desk.
    """
    if priority and priority not in PRIORITIES:
        raise Refused(Problem(_("Choose a priority: low, normal, high or urgent."), "priority"))
    if status and not any(status == each.key for desk in runtime().catalogue.desks.values() for each in desk.statuses):
        raise Refused(Problem(_("Choose a status."), "status"))
    added, removed = (clean_tags(given.replace(",", " ").split()) for given in (add, remove))
    found = Wish(assignee, status, priority, added, removed, stand_in=bool(stand_in and assignee))
    if found.parts > 1:
        raise Refused(_("Choose one change at a time."))
    return found


def plan_for(wished: Wish, numbers: Sequence[str]) -> Plan:
    """Return what a wish would do to these tickets, in their order; one that the viewer does not see is skipped."""
    known = {each.number: each for each in _look(wished, Ticket.number.in_(numbers))} if numbers else {}
    missing = _("There is no such ticket.")
    return _plan([known.get(number) or Planned(number, 0, "", reason=missing) for number in numbers])


def plan_all(wished: Wish, query: TicketQuery, person_id: int | None) -> Plan:
    """Return what a wish would do to everything that a query finds, oldest first, up to :data:`MOST` tickets."""
    found = _look(wished, *conditions(query, person_id))
    return replace(_plan(found[:MOST]), beyond=len(found) > MOST)


def _look(wished: Wish, *wanted: sa.ColumnElement[bool]) -> list[Planned]:
    """Return what a wish would do to tickets, one more than a plan looks at where there are more."""
    if wished.edits is not None:
        return [_together(each) for each in plan_edits(wished.edits, *wanted, most=MOST + 1)]
    agent = agent_of(wished.assignee)
    deputies = _deputies(agent) if wished.stand_in else {}
    rows = tickets_now(author(require_agent()), agent, *wanted, most=MOST + 1)
    return [_planned(wished, row, agent, deputies) for row in rows]


def _deputies(agent: Agent) -> dict[int, Agent]:
    """Return who gets what is for somebody, by desk; only a ticket for named people may then go to nobody at all."""
    found = {desk: whoever_is_there(agent.id or 0, absent_on(desk), lambda deputy: True) for desk in agent.desks}
    people = {each.id: each for each in db.session.scalars(select(Person).where(Person.id.in_(set(found.values()))))}
    deputies = {desk: people[each] for desk, each in found.items() if each is not None}
    return {desk: Agent(each.id, each.name, frozenset([desk])) for desk, each in deputies.items()}


def _together(planned: edits.Planned) -> Planned:
    already = not planned.parts
    reason = _("It is so already.") if already else " ".join(planned.reasons)
    shown = planned.number, planned.version, planned.subject
    more = {"parts": planned.parts, "desk": planned.desk, "requester": planned.requester}
    return Planned(*shown, reason=reason, already=already, **more)  # type: ignore[arg-type]


def _plan(found: Sequence[Planned]) -> Plan:
    changed = [each for each in found if not each.reason]
    return Plan(changed, [each for each in found if each.reason])


def _planned(wished: Wish, row: Any, agent: Agent, deputies: Mapping[int, Agent]) -> Planned:
    desk = runtime().catalogue.desk_by_id(row.desk_id)
    found = Planned(row.number, row.version, row.subject, desk=desk.key)
    if wished.stand_in and row.desk_id in agent.desks and row.desk_id not in deputies:
        return replace(found, reason=_("Nobody stands in for %(name)s there.", name=agent.name))
    agent = deputies.get(row.desk_id, agent)
    what, before, after = _difference(wished, row, agent)
    if before == after:
        return replace(found, reason=_("It is so already."), already=True)
    status = next((each for each in desk.statuses if each.key == wished.status), None)
    reasons = list(obstacles(row, [what], agent, status, after.split() if what == "tags" else ()))
    if wished.status and status is None:
        reasons.append(_("Its desk has no such status."))
    return replace(found, before=before, after=after, reason=" ".join(reasons))


def _difference(wished: Wish, row: Any, agent: Agent) -> tuple[str, str, str]:
    """Return what would change, what it is, and what it would be."""
    if wished.assignee is not None:
        return "assignee", *assignee_before_and_after(row, agent, wished.assignee)
    if wished.status:
        return "status", row.status, wished.status
    if wished.priority:
        return "priority", priority_key(row.priority), wished.priority
    return "tags", " ".join(row.tags), " ".join(tags_after(wished.add, wished.remove, row.tags))


def carry_out(wished: Wish, seen: Mapping[str, int | None]) -> Outcome:
    """Change tickets one by one, and tell what was skipped.

    :param seen: the version that was seen of each ticket, by number; at most :data:`STEP` of them are changed.
    """
    outcome = Outcome()
    plan = plan_for(wished, list(seen)[:STEP])
    for place, planned in enumerate(plan.changed):
        version = seen[planned.number]
        try:
            outcome.changes += _change(wished, planned, planned.version if version is None else version)
        except Conflict:
            outcome.skipped.append((planned.number, _("Somebody changed it meanwhile.")))
        except DeskcoreError as error:
            outcome.skipped.append((planned.number, error.message))
        except OperationalError:
            if not outcome.done:
                raise
            # What was changed before is told, and can be taken back.
            late = _("The database did not answer in time.")
            outcome.skipped += [(each.number, late) for each in plan.changed[place:]]
            break
        else:
            outcome.done.append(planned.number)
    outcome.skipped += [(planned.number, planned.reason) for planned in plan.skipped if not planned.already]
    outcome.already = sum(planned.already for planned in plan.skipped)
    return outcome


def _change(wished: Wish, planned: Planned, version: int) -> Sequence[Change | None]:
    if wished.edits is not None:
        return edit(planned.number, wished.edits, version).changes
    if wished.assignee is not None:
        return [assign(planned.number, wished.assignee or None, version, stand_in=wished.stand_in)]
    if wished.status:
        return [set_status(planned.number, wished.status, version)]
    if wished.priority:
        return [set_priority(planned.number, wished.priority, version)]
    return [set_tags(planned.number, planned.after.split(), version)]
