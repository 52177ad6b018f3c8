"""The audit log for administrators and auditors: filtered, a page at a time, and as a file for spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore import audit
from deskcore.audit import exporting
from deskcore.clock import now
from deskcore.errors import Refused
from deskcore.extensions import db
from deskcore.runtime import runtime
from deskcore.tickets.cursors import make_cursor, read_cursor
from deskcore.web import spreadsheets
from deskcore.web.admin import audit_words as words
from deskcore.web.admin.area import audit_blueprint
from deskcore.web.templating import toast
from deskcore.web.viewer import desk_roles, language, time_zone
from deskcore.work import unit_of_work

PAGE = 50
#: In which a day can be; at the ends of the calendar, midnight elsewhere has no name.
_YEARS = range(1970, 3000)


@dataclass(frozen=True)
class Filter:
    """What the form asks for, as it was typed.

    :param problems: what is wrong with a date, by field; such a date does not filter.
    """

    who: str
    what: str
    since: str
    until: str
    wanted: audit.Wanted
    problems: Mapping[str, str]

    @property
    def query(self) -> dict[str, Any]:
        """The filter as it stands in an address."""
        given = {"who": self.who, "what": self.what, "from": self.since, "until": self.until}
        return {key: value for key, value in given.items() if value}


@dataclass(frozen=True)
class Row:
    """An entry as the page shows it.

    :param kind: of the actor, when it is no person.
    :param changes: label and key of a value, what it was, what it is.
    """

    entry: audit.EntryView
    action: str
    actor: str
    kind: str
    changes: list[tuple[str, str, words.Words, words.Words]]


@audit_blueprint.get("")
def entries() -> ResponseReturnValue:
    """Show one page of the log, newest first."""
    chosen = _filter()
    after, before = request.args.get("after", ""), request.args.get("before", "")
    try:
        found, newer, older = _page(chosen, after, before)
    except Refused:  # an old or shortened link: the list itself is still right
        return redirect(_url(chosen))
    return render_template(
        "admin/audit.html",
        rows=[_row(entry) for entry in found],
        chosen=chosen,
        kinds=_kinds(chosen.what),
        csv_url=url_for("audit.download", **chosen.query),
        everything_url=url_for("audit.entries") if chosen.query else "",
        previous_url=_url(chosen, before=newer),
        next_url=_url(chosen, after=older),
        verified=audit.last_verification(db.session),
        broken_words=words.broken_words,
    )


@audit_blueprint.get("/entries.csv")
def download() -> Response:
    """Send the entries of the same filter as a file for spreadsheets."""
    wanted = _filter().wanted
    name = f"audit-{now().astimezone(time_zone()):%Y-%m-%d}"
    rows = (exporting.cells(_visible(entry)) for entry in audit.walk(db.session, wanted))
    return spreadsheets.download(name, exporting.COLUMNS, rows)


@audit_blueprint.post("/verify")
def verify() -> ResponseReturnValue:
    """Look at every entry now, and note what was found."""
    result = audit.verify(db.session)
    with unit_of_work() as session:
        audit.note(session, result)
    if result.broken is None:
        toast(_("The log is unbroken."))
    return redirect(url_for("audit.entries"), 303)


def _filter() -> Filter:
    who, what = (" ".join(request.args.get(key, "").split())[:200] for key in ("who", "what"))
    since, until = (request.args.get(key, "").strip()[:20] for key in ("from", "until"))
    problems: dict[str, str] = {}
    first, last = _day(since, "from", problems), _day(until, "until", problems)
    # The day itself belongs to it: up to the first moment of the next one.
    end = _midnight(last + timedelta(days=1)) if last is not None else None
    wanted = audit.Wanted(who, what, _midnight(first) if first is not None else None, end)
    return Filter(who, what, since, until, wanted, problems)


def _day(text: str, field: str, problems: dict[str, str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year in _YEARS:
        return day
    problems[field] = _("Enter a date such as 2026-03-31")
    return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=time_zone())


def _page(chosen: Filter, after: str, before: str) -> tuple[list[audit.EntryView], str, str]:
    """Return the entries of a page, and the cursors of the pages of newer and of older entries.

    :raises Refused: when a cursor was edited or belongs to another filter.
    """
    name = f"audit {sorted(chosen.query.items())}"
    place: dict[str, int] = {}
    if before or after:
        key = "newer_than" if before else "older_than"
        [place[key]] = read_cursor(name, before or after)
    found = audit.read_entries(db.session, chosen.wanted, PAGE + 1, **place)
    more = len(found) > PAGE
    found = found[-PAGE:] if before else found[:PAGE]
    newer = bool(found) and (more if before else bool(after))
    older = bool(found) and (True if before else more)
    return (
        found,
        make_cursor(name, [found[0].sequence]) if newer else "",
        make_cursor(name, [found[-1].sequence]) if older else "",
    )


def _url(chosen: Filter, **place: Any) -> str:
    """Return the address of the list, or of one of its pages; nothing where there is no such page."""
    if place and not any(place.values()):
        return ""
    return url_for("audit.entries", **chosen.query, **place)


def _kinds(chosen: str) -> list[dict[str, Any]]:
    """Return the choices of the filter; an address may also name one action."""
    labels = {"": _("Everything")} | {key: str(label) for key, label in words.KINDS.items()}
    if chosen not in labels:
        labels[chosen] = words.action_words(chosen)
    return [{"value": key, "label": label, "selected": key == chosen} for key, label in labels.items()]


def _row(entry: audit.EntryView) -> Row:
    entry = _visible(entry)
    spoken = language()
    before, after = entry.before, entry.after
    changes = [
        (*words.field_words(key), words.value_words(before.get(key), spoken), words.value_words(after.get(key), spoken))
        for key in sorted({**before, **after})
    ]
    kind = str(words.ACTORS.get(entry.actor_kind, entry.actor_kind))
    named = entry.actor_name or entry.actor
    shown_kind = kind if named and entry.actor_kind != "person" else ""
    return Row(entry, words.action_words(entry.action), named or kind, shown_kind, changes)


def _visible(entry: audit.EntryView) -> audit.EntryView:
    """Return an entry without numbers of tickets that the reader may not know of."""
    before, after = (
        {key: value for key, value in side.items() if key != "ticket" or _may_know(str(value))}
        for side in (entry.before, entry.after)
    )
    return replace(entry, before=before, after=after)


def _may_know(number: str) -> bool:
    """Tell whether a number gives nothing away: on a confidential desk it does, except to those who work there."""
    prefix = number.partition("-")[0]
    desk = next((desk for desk in runtime().catalogue.desks.values() if desk.prefix == prefix), None)
    return desk is not None and (not desk.confidential or desk.id in desk_roles())
