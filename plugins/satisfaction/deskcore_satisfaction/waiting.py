"""Where the portal asks: among what waits for the reader on the first page, and on the page of the request."""

from __future__ import annotations

from flask import url_for
from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from deskcore.plugin import PanelRow, TicketView, ViewerView, WaitingRow, tickets
from deskcore_satisfaction import rating
from deskcore_satisfaction.words import WORDS

#: Rows on the first page.
_MOST = 5


def rows(viewer: ViewerView) -> list[WaitingRow]:
    """Return the requests that the reader was asked to rate."""
    waiting = rating.waiting_for(viewer.email, _MOST)
    known = tickets.views({survey.ticket_id for survey in waiting}) if waiting else {}
    return [
        WaitingRow(
            _("How did we do? – %(subject)s", subject=known[survey.ticket_id].subject),
            _("Solved on %(day)s. One click is enough.", day=format_date(survey.closed_at, "d MMM")),  # type: ignore[no-untyped-call]
            url_for("satisfaction.show", number=known[survey.ticket_id].number),
            _("Rate"),
            "star",
        )
        for survey in waiting
        if survey.ticket_id in known
    ]


def on_request(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """Return the question with its five answers, or how the reader rated the request."""
    mine = rating.about(ticket.number, viewer.email)
    if mine is None:
        return []
    place = url_for("satisfaction.show", number=ticket.number)
    if mine.rating is not None:
        said = PanelRow(WORDS[mine.rating].in_language(viewer.language), _("Your rating"))
        return [said, PanelRow(_changeable(mine.days_left), url=place)] if mine.can_rate else [said]
    if not mine.can_rate:
        return []
    asked = PanelRow(_("Choose an answer; you can add a few words and change it for a week."))
    answers = [PanelRow(WORDS[each].in_language(viewer.language), url=f"{place}?rating={each}") for each in WORDS]
    return [asked, *answers]


def _changeable(days: int) -> str:
    return ngettext("Change it (%(num)s day left)", "Change it (%(num)s days left)", days)
