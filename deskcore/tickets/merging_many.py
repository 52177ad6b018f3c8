"""Merging several tickets into one of them: an exact plan first, then each on its own, and what was skipped and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.errors import Conflict, DeskcoreError, Refused
from deskcore.extensions import db
from deskcore.tickets.bulk import Outcome
from deskcore.tickets.loading import with_people
from deskcore.tickets.models import Ticket
from deskcore.tickets.services import merge
from deskcore.tickets.services.merging import why_not

#: Tickets that are merged at once.
MOST = 20


@dataclass(frozen=True)
class MergePlan:
    """What merging tickets into one of them would do.

    :param merged: those that would be closed, in the order in which they were named.
    :param skipped: the others: number, subject where it is seen, and the reason.
    """

    into: Ticket
    merged: Sequence[Ticket]
    skipped: Sequence[tuple[str, str, str]]


def plan_merges(numbers: Sequence[str], into: str = "") -> MergePlan:
    """Return what merging these tickets would do; one that the viewer does not see is skipped.

    :param into: number of the one that goes on; left out, it is the oldest open one.
    :raises Refused: when there is none that can go on, or there are too many.
    """
    wanted = list(dict.fromkeys(number.upper()[:20] for number in numbers))
    if len(wanted) > MOST:
        raise Refused(_("Merge at most %(count)s tickets at once.", count=MOST))
    found = with_people(select(Ticket).where(Ticket.number.in_(wanted))).order_by(Ticket.created_at, Ticket.id)
    tickets = {ticket.number: ticket for ticket in db.session.scalars(found)}
    target = tickets.get(into.upper()) or next((each for each in tickets.values() if not each.finished), None)
    if target is None:
        raise Refused(_("None of these tickets is open, so none of them can go on."))
    merged, skipped = [], []
    for number in wanted:
        ticket = tickets.get(number)
        if ticket is target:
            continue
        reason = _("There is no such ticket.") if ticket is None else why_not(db.session(), ticket, target)
        if ticket is None or reason:
            skipped.append((number, ticket.subject if ticket else "", reason))
        else:
            merged.append(ticket)
    return MergePlan(target, merged, skipped)


def merge_many(seen: Mapping[str, int | None], into: str, follow: bool = True) -> Outcome:
    """Merge tickets one by one, and tell what was skipped.

    :param seen: the version that was seen of each ticket, by number.
    :param follow: let those who asked follow the one that goes on.
    """
    outcome = Outcome()
    for number in list(seen)[:MOST]:
        try:
            change = merge(number, into, follow, seen[number])
        except Conflict:
            outcome.skipped.append((number, _("Somebody changed it meanwhile.")))
        except DeskcoreError as error:
            outcome.skipped.append((number, error.message))
        else:
            if change is None:
                outcome.already += 1
                continue
            outcome.changes.append(change)
            outcome.done.append(number)
    return outcome
