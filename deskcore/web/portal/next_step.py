"""What happens next with a request: who does it, and by when, said only as far as it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from deskcore.clock import now
from deskcore.desks.catalogue import FINISHED_CATEGORIES, RequestTypeEntry
from deskcore.hooks.contributions import PanelRow
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.due import shown_due
from deskcore.tickets.merged import Destination
from deskcore.tickets.models import Ticket
from deskcore.tickets.pages import Named
from deskcore.tickets.workflow import may_reopen
from deskcore.web import formatting
from deskcore.web.portal.promises import by_when
from deskcore.web.viewer import language


@dataclass(frozen=True)
class Facts:
    """What is known about a request, in the reader's language.

    :param assignee: name of the agent who has it, or ``""``.
    :param handler: the team or desk that has it otherwise.
    :param requester: name of the person it is for.
    :param mine: whether the reader is that person.
    :param typical_minutes: usual time to a solution in working minutes, where the service names one.
    :param approvers: names of those who have to approve it, where that is known.
    :param deciding: whether the reader is one of them.
    :param due: until when something was promised, where somebody keeps such times.
    :param gone: where it went, when it was merged into another request.
    """

    category: str
    handler: str
    requester: str = ""
    assignee: str = ""
    mine: bool = True
    typical_minutes: int | None = None
    approvers: tuple[str, ...] = ()
    deciding: bool = False
    due: datetime | None = None
    gone: Destination | None = None

    @property
    def who(self) -> str:
        """The person who has it, else the team."""
        return self.assignee or self.handler


def facts_of_row(row: Any, reader: Person, approvers: Sequence[Named] = (), gone: Destination | None = None) -> Facts:
    """Return the facts about a row of :func:`deskcore.tickets.lists.list_tickets`.

    :param approvers: who has to approve it, where it waits for that.
    """
    entry = runtime().catalogue.type_by_id(row.request_type_id)
    return Facts(
        category=row.status_category,
        handler=handler(row.desk_id, row.team_id),
        requester=row.requester_name,
        assignee=row.assignee_name or "",
        mine=row.requester_email == reader.email,
        typical_minutes=entry.type.typical_minutes if entry else None,
        approvers=tuple(each.name for each in approvers),
        deciding=any(each.id == reader.id for each in approvers),
        due=shown_due(row),
        gone=gone,
    )


def facts_of(ticket: Ticket, reader: Person, approvers: Sequence[Named] = (), gone: Destination | None = None) -> Facts:
    """Return the facts about a ticket from :func:`deskcore.tickets.loading.find_ticket`."""
    entry = runtime().catalogue.type_by_id(ticket.request_type_id)
    return Facts(
        category=ticket.status_category,
        handler=handler(ticket.desk_id, ticket.team_id),
        requester=ticket.requester.name,
        assignee=ticket.assignee.name if ticket.assignee else "",
        mine=ticket.requester_id == reader.id,
        typical_minutes=entry.type.typical_minutes if entry else None,
        approvers=tuple(each.name for each in approvers),
        deciding=any(each.id == reader.id for each in approvers),
        due=shown_due(ticket),
        gone=gone,
    )


def handler(desk_id: int, team_id: int | None = None) -> str:
    """Return the name of the desk, with the team that has the request there."""
    desk = runtime().catalogue.desk_by_id(desk_id)
    team = runtime().catalogue.team_by_id(team_id)
    title = desk.title.in_language(language())
    return f"{title} – {team.title.in_language(language())}" if team else title


def next_step(facts: Facts) -> str:
    """Return what happens next in one to three sentences: who acts, and until when as far as that is known."""
    if facts.gone is not None:
        return _merged(facts.gone)
    if facts.category in ("new", "open"):
        return f"{_worked_on(facts)} {_until_when(facts)}"
    return _sentence(facts)


def _merged(there: Destination) -> str:
    if there.number:
        return _("It goes on together with %(number)s.", number=there.number)
    return _("It goes on together with another request.")


def _worked_on(facts: Facts) -> str:
    if facts.category == "new" and not facts.assignee:
        said = _("%(team)s reads it next and answers you here.") if facts.mine else _("%(team)s reads it next.")
        return said % {"team": facts.handler}
    return _("%(name)s is working on it.", name=facts.who)


def _until_when(facts: Facts) -> str:
    if facts.due is not None and facts.due < now():
        return _("It takes longer than promised.")
    if facts.due is not None:
        due = by_when(facts.due)
        return (
            _("You hear from us by %(when)s.", when=due)
            if facts.mine
            else _("The answer is due by %(when)s.", when=due)
        )
    if facts.typical_minutes:
        return usual_time(facts.typical_minutes)
    return _("As soon as there is news, you find it here.") if facts.mine else _("All news is found here.")


def usual_time(minutes: int) -> str:
    """Return the sentence about the usual time to a solution.

    :param minutes: working minutes.
    """
    return _("Requests like this usually take %(time)s.", time=formatting.working_time(minutes, language()))


def _sentence(facts: Facts) -> str:
    match facts.category:
        case "waiting_requester" if facts.mine:
            return _("%(name)s asked you a question. Answer it, and the work goes on.", name=facts.who)
        case "waiting_requester":
            return _("It waits for an answer from %(name)s.", name=facts.requester)
        case "waiting_approval" if facts.deciding:
            return _("It waits for your approval. Then the work goes on.")
        case "waiting_approval" if len(facts.approvers) == 1:
            return _("%(name)s has to approve it. Then the work goes on.", name=facts.approvers[0])
        case "waiting_approval" if facts.approvers:
            names = ", ".join(facts.approvers)
            return _("It waits for approval: %(names)s. Then the work goes on.", names=names)
        case "waiting_approval":
            return _("It waits for approval. Then %(team)s goes on with it.", team=facts.handler)
        case "on_hold" if facts.mine:
            return _("We are waiting for a supplier. %(name)s keeps an eye on it and writes to you.", name=facts.who)
        case "on_hold":
            return _("We are waiting for a supplier. %(name)s keeps an eye on it.", name=facts.who)
        case "resolved" if facts.mine:
            return _("It is solved. If something is still wrong, write to us and we open it again.")
        case "resolved":
            return _("It is solved.")
        case _:
            return _("It is finished. There is nothing left to do.")


@dataclass(frozen=True)
class Step:
    """One step of the bar above a request.

    :param state: ``past``, ``now`` or ``next``.
    :param note: a moment or a name under the label.
    """

    label: str
    state: str
    note: Any = ""


def steps(facts: Facts, received: Any, since: Any = "") -> list[Step]:
    """Return the steps of a request from received to done.

    :param received: when it came, ready for the page; ``since``: when its present status began.
    """
    first = Step(_("Received"), "now" if facts.category == "new" else "past", received)
    working, done = _("In progress"), _("Solved")
    match facts.category:
        case "new":
            return [first, Step(working, "next"), Step(done, "next")]
        case "open":
            return [first, Step(working, "now", since or facts.assignee), Step(done, "next")]
        case "waiting_requester":
            label = _("Your answer needed") if facts.mine else _("Answer needed")
            return [first, Step(label, "now", since), Step(working, "next"), Step(done, "next")]
        case "waiting_approval":
            approval = Step(_("Approval"), "now", ", ".join(facts.approvers) or since)
            return [first, approval, Step(working, "next"), Step(done, "next")]
        case "on_hold":
            return [first, Step(working, "past"), Step(_("Waiting for supplier"), "now", since), Step(done, "next")]
        case _:
            return [first, Step(working, "past"), Step(done, "past" if facts.category == "closed" else "now", since)]


def before_sending(entry: RequestTypeEntry, asked: Sequence[PanelRow] = ()) -> list[Step]:
    """Return what will happen with a request that is being written.

    :param asked: who has to approve it first, by step, as far as that is known.
    """
    minutes = entry.type.typical_minutes
    team = entry.desk.team(entry.type.team) if entry.type.team else None
    desk = entry.desk.title.in_language(language())
    return [
        Step(_("You send the request"), "now"),
        *(Step(_("%(step)s approves", step=each.term), "next", each.text) for each in asked),
        Step(_("%(team)s reads it", team=desk), "next", team.title.in_language(language()) if team else ""),
        Step(_("You see each step here and can answer"), "next"),
        Step(_("It is solved"), "next", formatting.usually(minutes, language()) if minutes else ""),
    ]


def after_sending(facts: Facts, received: Any) -> list[Step]:
    """Return what has happened and will happen with a request that was just sent.

    When somebody opens the page again later, the steps say where the request stands then.
    """
    if facts.category != "new":
        return steps(facts, received)
    minutes = facts.typical_minutes
    return [
        Step(_("We've got it"), "past", received),
        Step(_("%(team)s reads it", team=facts.who), "now"),
        Step(_asked_where(facts), "next"),
        Step(_("It is solved"), "next", formatting.usually(minutes, language()) if minutes else ""),
    ]


def _asked_where(facts: Facts) -> str:
    if facts.mine:
        return _("If we have a question, it waits for you on the home page")
    return _("If we have a question, we ask %(name)s", name=facts.requester)


def reopen_until(ticket: Ticket) -> datetime | None:
    """Return until when a finished ticket can be opened again; nothing when it cannot be, or is not finished."""
    days = runtime().config.reopen_days
    if ticket.status_category not in FINISHED_CATEGORIES or ticket.resolved_at is None:
        return None
    return ticket.resolved_at + timedelta(days=days) if can_reopen(ticket) else None


def can_reopen(ticket: Ticket) -> bool:
    """Tell whether those who take part can still open a finished ticket again."""
    return may_reopen(ticket.status_category, ticket.resolved_at, runtime().config.reopen_days)
