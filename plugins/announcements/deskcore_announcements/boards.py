"""What stands on pages of the core: notices on the first pages and beside forms, and the panel beside a ticket."""

from __future__ import annotations

from datetime import timedelta

from flask import url_for
from flask_babel import gettext as _

from deskcore.plugin import PanelRow, TicketView, ViewerView, now, people, tickets
from deskcore_announcements import reading, words
from deskcore_announcements.reading import Shown

#: How long before it begins planned work stands on the first page.
AHEAD = timedelta(days=1)


def home(about: str, reader: ViewerView) -> list[tickets.NoticeRow]:
    """Return what is going on now, and the work that begins within a day."""
    soon = now() + AHEAD
    return [_row(each, reader, "home") for each in reading.current(reader) if each.notice.starts_at <= soon]


def form(about: str, reader: ViewerView) -> list[tickets.NoticeRow]:
    """Return what is known already about a service whose form somebody opens."""
    known = (each for each in reading.current(reader, service=about) if each.notice.state(now()) == "current")
    return [_row(each, reader, "") for each in known]


def workspace(about: str, reader: ViewerView) -> list[tickets.NoticeRow]:
    """Return what was announced to the reader's desks and not read yet."""
    spoken = reader.language
    return [
        tickets.NoticeRow(
            each.title.in_language(spoken),
            each.latest.in_language(spoken)[:900],
            icon=words.ICON["team"],
            button=_("I have read it"),
            action=url_for("announcements_desk.read", token=each.token),
        )
        for each in reading.announced(reader)
    ]


def beside_ticket(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """Return the notices of a ticket, how many people each affects, and where its next update is written."""
    rows = []
    for shown in reading.of_ticket(ticket.number):
        url = url_for("announcements_desk.notice", token=shown.notice.token)
        over = shown.notice.state(now()) == "over"
        rows.append(PanelRow(shown.notice.title.in_language(viewer.language), _("Over") if over else _("Notice"), url))
        if shown.notice.counted:
            rows.append(PanelRow(words.people_affected(shown.affected), _("Affected"), f"{url}#affected", "users"))
    return rows


def may_have_notice(ticket: TicketView) -> bool:
    """Tell whether a notice can be published from a ticket: everybody would read it."""
    return ticket.status_category not in ("resolved", "closed") and not people.is_confidential(ticket.desk)


def _row(shown: Shown, reader: ViewerView, back: str) -> tickets.NoticeRow:
    """Return a notice as a row, with what the reader can say to it.

    :param back: where the button leads on to; empty for the page of the notice.
    """
    notice, planned = shown.notice, shown.notice.state(now()) == "planned"
    when = words.lasts(notice) + "." if notice.kind == "planned" else words.next_update(notice)
    said = " ".join(filter(None, (notice.latest.in_language(reader.language), when)))
    button, action = "", ""
    if notice.counted and not planned:
        button = _("This no longer affects me") if shown.mine else _("This affects me too")
        does = "no" if shown.mine else None
        action = url_for("announcements_mine.affects", token=notice.token, back=back or None, does=does)
    return tickets.NoticeRow(
        notice.title.in_language(reader.language).rstrip(".") + ".",
        said[:900],
        words.counted(shown.affected, mine=shown.mine) if notice.counted else "",
        words.tone_of(notice),
        words.ICON[notice.kind],
        url_for("announcements.notice", token=notice.token),
        button,
        action,
    )
