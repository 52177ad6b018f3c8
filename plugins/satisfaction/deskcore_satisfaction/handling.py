"""Dealing with low ratings: the lead looks into one, and says what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Select, select

from deskcore.plugin import (
    Conflict,
    NotAllowed,
    NotFound,
    Problem,
    Refused,
    TicketScoped,
    TicketView,
    now,
    people,
    session,
    tickets,
    unit_of_work,
)
from deskcore_satisfaction import words
from deskcore_satisfaction.models import LOW, MAX_COMMENT, Survey

#: Rows of the list.
MOST = 100


@dataclass(frozen=True)
class Case:
    """A low rating with its ticket."""

    survey: Survey
    ticket: TicketView


def waiting() -> Sequence[Case]:
    """Return the low ratings that nobody has dealt with, on desks that the reader leads, the oldest first."""
    led = [desk for desk, role in people.asking().desks.items() if role == "lead"]
    wanted = _low().where(Survey.handled_at.is_(None), Survey.desk.in_(led)).order_by(Survey.rated_at).limit(MOST)
    found = session().scalars(wanted).all()
    known = tickets.views({survey.ticket_id for survey in found})
    return [Case(survey, known[survey.ticket_id]) for survey in found if survey.ticket_id in known]


def find(number: str) -> Case:
    """Return the last low rating of a ticket.

    :raises NotFound: when there is none, or the reader does not see the ticket.
    :raises NotAllowed: for whoever does not lead its desk.
    """
    survey = session().scalar(_of(number))
    ticket = tickets.views([survey.ticket_id]).get(survey.ticket_id) if survey is not None else None
    if survey is None or ticket is None:
        raise NotFound(_("There is no low rating of this ticket."))
    if people.asking().desks.get(ticket.desk) != "lead":
        raise NotAllowed(_("Only the lead of the desk deals with low ratings."))
    return Case(survey, ticket)


def deal_with(number: str, note: str, version: int) -> None:
    """Note what was done about a low rating; the same once more changes nothing.

    :param version: of the rating as the lead saw it.
    :raises Refused: without a word of what was done.
    :raises Conflict: when the rating was changed, or somebody else dealt with it meanwhile.
    """
    case, said, me = find(number), note.strip(), people.asking()
    if not said:
        raise Refused(Problem(_("Write what was done: whoever looks at this rating reads it."), "note"))
    if len(said) > MAX_COMMENT:
        raise Refused(Problem(_("Use at most %(count)s characters.", count=MAX_COMMENT), "note"))
    with unit_of_work() as work:
        wanted = select(Survey).where(Survey.id == case.survey.id).with_for_update()
        survey = work.scalars(wanted.execution_options(populate_existing=True)).one()
        if (survey.handled_by, survey.handled_note) == (me.email, said):
            return
        if survey.version != version or not survey.waits_for_lead:
            raise Conflict(_("This changed while you were reading. Look again, then save your note."), survey.version)
        survey.handled_at, survey.handled_by, survey.handled_note = now(), me.email, said
        work.flush()
        tickets.say(case.ticket.number, words.handled(me.name), icon="check")


def _low() -> Select[Survey]:
    return select(Survey).where(Survey.rating <= LOW)


def _of(number: str) -> Select[Survey]:
    mine = Survey.ticket_id.in_(TicketScoped.id_of(number.upper()[:20]))
    return _low().where(mine).order_by(Survey.id.desc()).limit(1)
