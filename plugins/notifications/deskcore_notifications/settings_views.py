"""The page on which everybody says of what to be told, how, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import ViewerView, people
from deskcore_notifications import sending, wishes
from deskcore_notifications.decisions import Usual
from deskcore_notifications.events import EVENTS, MAILS, Event, Way
from deskcore_notifications.trouble import refused_lately
from deskcore_notifications.views import portal
from deskcore_notifications.wishes import Wish, Wishes

_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])")


@dataclass(frozen=True)
class Line:
    """A row of the table of choices.

    :param usual: what everybody has who chose nothing, and what of it is fixed.
    """

    key: str
    title: str
    way: Way
    usual: Usual


@portal.get("/settings", endpoint="settings")
def show_settings() -> str:
    """Show how the reader is told."""
    reader = people.asking()
    known = wishes.wishes_of([reader.email])[reader.email]
    quiet = [_clock(minutes) for minutes in known.quiet] if known.quiet else ["", ""]
    return _page(reader, known, quiet, {})


@portal.post("/settings", endpoint="save_settings")
def save_settings() -> ResponseReturnValue:
    """Keep how the reader wants to be told, or show the form again with what to correct."""
    reader, form = people.asking(), request.form
    fixed = wishes.wishes_of([reader.email])[reader.email]
    chosen = {event.key: _sent(event.key, fixed) for event in _events(works=_works())}
    hour = form.get("daily_hour", "")
    daily = int(hour) if hour.isdecimal() and hour.isascii() and len(hour) < 3 and int(hour) < 24 else 8
    typed = [form.get("quiet_from", "").strip()[:10], form.get("quiet_until", "").strip()[:10]]
    quiet, errors = _quiet(typed)
    wanted = Wishes(chosen, daily, quiet, fixed.decided)
    if errors:
        return _page(reader, wanted, typed, errors), 422
    wishes.save(reader.email, wanted, lead=_leads())
    flash(_("Your choices were saved."), "toast")
    return redirect(url_for("notifications.settings"), 303)


def _page(reader: ViewerView, known: Wishes, quiet: Sequence[str], errors: Mapping[str, str]) -> str:
    lines = [(event.area, _line(event, known, lead=_leads())) for event in _events(works=_works())]
    groups = [(area, [line for its, line in lines if its == area]) for area in ("portal", "workspace")]
    return render_template(
        "notifications/settings.html",
        groups=[(area, listed) for area, listed in groups if listed],
        fixed=any(line.usual.shown_fixed or line.usual.mail_fixed for _area, line in lines),
        hours=range(24),
        daily_hour=known.daily_hour,
        quiet=quiet,
        by_mail=sending.is_set_up(),
        address=reader.email,
        refused=refused_lately(reader.email),
        errors=errors,
        summary=[{"message": message, "id": f"n-{name}"} for name, message in errors.items()],
        failed=bool(errors),
    )


def _line(event: Event, known: Wishes, *, lead: bool) -> Line:
    return Line(event.key, str(event.title), known.way(event.key, lead=lead), known.usual(event.key, lead=lead))


def _events(*, works: bool) -> list[Event]:
    leads = _leads()
    return [event for event in EVENTS if (works or event.area == "portal") and (leads or not event.for_leads)]


def _works() -> bool:
    return bool(people.asking().desks)


def _leads() -> bool:
    return "lead" in people.asking().desks.values()


def _sent(key: str, known: Wishes) -> Wish:
    """Return what was sent about an event; what is fixed is not sent."""
    usual, mail = known.usual(key, lead=_leads()), MAILS.get(request.form.get(f"{key}.mail", ""), "never")
    shown = None if usual.shown_fixed else f"{key}.shown" in request.form
    return Wish(shown, None if usual.mail_fixed else mail)


def _quiet(typed: Sequence[str]) -> tuple[tuple[int, int] | None, dict[str, str]]:
    """Return the quiet hours, and what to correct by field."""
    if not any(typed):
        return None, {}
    found = [_TIME.fullmatch(each) for each in typed]
    names = ("quiet_from", "quiet_until")
    errors = {name: _("Enter a time such as 22:00") for name, match in zip(names, found, strict=True) if match is None}
    minutes = [int(match[1]) * 60 + int(match[2]) for match in found if match is not None]
    if not errors and minutes[0] == minutes[1]:
        errors["quiet_until"] = _("Enter another time than the one they begin at")
    return (None, errors) if errors else ((minutes[0], minutes[1]), {})


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
