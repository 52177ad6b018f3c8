"""What agents see of ratings: beside a ticket, beside a person, and in a column of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import url_for
from flask_babel import format_date, get_locale
from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.plugin import PanelRow, PersonView, TicketScoped, TicketView, ViewerView, session, tickets
from deskcore_satisfaction.models import Survey
from deskcore_satisfaction.words import WORDS

#: Ratings beside a person.
_MOST = 10


def of_ticket(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """Return how a ticket was rated, the last time first, and what became of a low rating."""
    asked = Survey.asked_at.is_not(None), Survey.state == "asked"
    wanted = select(Survey).where(Survey.ticket_id.in_(TicketScoped.id_of(ticket.number)), *asked)
    found = session().scalars(wanted.order_by(Survey.id.desc()).limit(_MOST))
    return [row for survey in found for row in _rows(survey, ticket, viewer)]


def of_person(person: PersonView, viewer: ViewerView) -> list[PanelRow]:
    """Return how somebody rated requests that the reader may see, the last first."""
    wanted = select(Survey).where(Survey.requester == person.email, Survey.rating.is_not(None))
    found = session().scalars(wanted.order_by(Survey.rated_at.desc()).limit(_MOST)).all()
    known = tickets.views({survey.ticket_id for survey in found}) if found else {}
    return [
        PanelRow(
            f"{_word(survey, viewer)} – {known[survey.ticket_id].subject}",
            known[survey.ticket_id].number,
            url_for("workspace.ticket", number=known[survey.ticket_id].number),
        )
        for survey in found
        if survey.ticket_id in known
    ]


def column(numbers: Sequence[str]) -> Mapping[str, str]:
    """Return the ratings of tickets in words, by number."""
    ids = tickets.ids_of(numbers)
    wanted = select(Survey.ticket_id, Survey.rating).where(
        Survey.ticket_id.in_(ids.values()), Survey.rating.is_not(None)
    )
    last = {row.ticket_id: row.rating for row in session().execute(wanted.order_by(Survey.id))}
    locale = get_locale()
    language = locale.language if locale is not None else "en"
    return {number: WORDS[last[it]].in_language(language) for number, it in ids.items() if it in last}


def _rows(survey: Survey, ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    if survey.rating is None:
        day = str(format_date(survey.asked_at, "d MMM"))  # type: ignore[no-untyped-call]
        return [PanelRow(_("No answer yet; asked on %(day)s", day=day), _("Rating"))]
    rows = [PanelRow(_word(survey, viewer), _("Rating"))]
    if survey.comment:
        rows.append(PanelRow(survey.comment, _("Comment")))
    if survey.is_low and viewer.desks.get(ticket.desk) == "lead":
        said = _("Dealt with") if survey.handled_at else _("Deal with it")
        rows.append(PanelRow(said, _("Low rating"), url_for("satisfaction_desk.low", number=ticket.number)))
    elif survey.is_low:
        rows.append(PanelRow(_("Dealt with") if survey.handled_at else _("Waits for the lead"), _("Low rating")))
    return rows


def _word(survey: Survey, viewer: ViewerView) -> str:
    return WORDS[survey.rating or 1].in_language(viewer.language)
