"""Tickets that were opened because of another one: what usually follows, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from deskcore.desks.catalogue import OPEN_CATEGORIES, DeskEntry, RequestTypeEntry
from deskcore.desks.fields import FieldContext
from deskcore.desks.follow_ups import applies, begun_with
from deskcore.desks.sections import closed_because
from deskcore.extensions import db
from deskcore.hooks.contributions import FollowUp
from deskcore.runtime import runtime
from deskcore.tickets.models import Ticket
from deskcore.tickets.pages import Entry, Linked, request_form_of
from deskcore.viewer import SYSTEM, current_viewer
from deskcore.work import acting_as

#: What the lines of a timeline say of the other ticket: it was opened because of this one, or the other way round.
CHILD, PARENT = "follow_up", "follow_up_of"


@dataclass(frozen=True)
class Offer:
    """A request that usually follows from a ticket."""

    declared: FollowUp
    entry: RequestTypeEntry


@dataclass(frozen=True)
class Elsewhere:
    """A child that the reader does not see in the workspace.

    :param number: only where the reader takes part in it, and so sees it in the portal.
    :param desk: of a child that the reader does not see.
    """

    status_category: str
    number: str = ""
    subject: str = ""
    desk: DeskEntry | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to do something about it."""
        return self.status_category in OPEN_CATEGORIES


def keeps_to_itself(ticket: Ticket, there: DeskEntry) -> bool:
    """Tell whether nothing of a ticket may reach whoever sees its child: neither an answer, nor who asked.

    :param there: the desk of the child.
    """
    here = runtime().catalogue.desk_by_id(ticket.desk_id)
    return ticket.visibility == "named" or (here.confidential and here.id != there.id)


def offers(ticket: Ticket) -> list[Offer]:
    """Return what usually follows from a ticket and can be asked for now."""
    entry, catalogue = runtime().catalogue.type_by_id(ticket.request_type_id), runtime().catalogue
    found = []
    for declared in entry.type.follow_ups if entry is not None else ():
        there = catalogue.types.get((declared.desk, declared.request_type))
        if there is not None and not closed_because(there) and applies(declared, ticket.answers):
            found.append(Offer(declared, there))
    return found


def beginning(ticket: Ticket, there: RequestTypeEntry, context: FieldContext) -> dict[str, Any]:
    """Return the answers with which the form of a child opens; of a confidential ticket, only what is declared."""
    declared = next((offer.declared for offer in offers(ticket) if offer.entry is there), None)
    answers: Mapping[str, Any] = {} if keeps_to_itself(ticket, there.desk) else ticket.answers
    return begun_with(there.type, declared, request_form_of(ticket), answers, context)


def elsewhere(ticket: Ticket, entries: Sequence[Entry]) -> list[Elsewhere]:
    """Return the children of a ticket that its reader does not see in the workspace, oldest first.

    In the portal one sees those in which one takes part. Of the others one is told which desk has them and how far
    they are, but for those of a confidential desk and for those of named people: of these, nothing.

    :param entries: the history of the ticket.
    """
    ids = children_in(entries)
    hidden = [each for each in ids if each not in _ids(ids)] if ids else []
    if not hidden:
        return []
    with acting_as(current_viewer().in_area("portal")) as session:
        rows = session.scalars(_those(hidden)).all()
        mine = {row.id: Elsewhere(row.status_category, row.number, row.subject) for row in rows}
    with acting_as(SYSTEM) as session:
        others = {row.id: _told(row) for row in session.scalars(_those([each for each in hidden if each not in mine]))}
    found = (mine.get(each) or others.get(each) for each in hidden)
    return [child for child in found if child is not None]


def children_in(entries: Sequence[Entry]) -> list[int]:
    """Return the ids of the tickets that were opened because of one, as its history tells, without those taken back."""
    lines = [entry.data for entry in entries if entry.kind == "linked" and entry.data.get("link") == CHILD]
    gone = {data["other"] for data in lines if data.get("undoes")}
    return [data["other"] for data in lines if data["other"] not in gone]


def open_ones(links: Sequence[Linked], others: Sequence[Elsewhere]) -> tuple[list[Linked], list[Elsewhere]]:
    """Return which children somebody still has to do something about: those that are seen, and the others."""
    seen = [link for link in links if link.kind == "of_parent" and link.status_category in OPEN_CATEGORIES]
    return seen, [child for child in others if child.is_open]


def _ids(ids: Sequence[int]) -> set[int]:
    return set(db.session.scalars(select(Ticket.id).where(Ticket.id.in_(ids))))


def _those(ids: Sequence[int]) -> Select[Ticket]:
    return select(Ticket).where(Ticket.id.in_(ids))


def _told(child: Ticket) -> Elsewhere | None:
    desk = runtime().catalogue.desk_by_id(child.desk_id)
    if desk.confidential or child.visibility == "named":
        return None
    return Elsewhere(child.status_category, desk=desk)
