"""The pages of calendars: all of them, and one with its week, its days, and a month as it will be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from zoneinfo import available_timezones

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from deskcore.plugin import Conflict, NotFound, Problem, Refused, now, people
from deskcore_sla_policies import calendar_forms as forms
from deskcore_sla_policies import calendar_pictures as pictures
from deskcore_sla_policies import calendar_store as stored
from deskcore_sla_policies.admin import pages
from deskcore_sla_policies.calendar_store import ALWAYS, Edited, Stored
from deskcore_sla_policies.hours import OwnDay
from deskcore_sla_policies.policy_forms import key_for
from deskcore_sla_policies.policy_views import language
from deskcore_sla_policies.rules import ruleset
from deskcore_sla_policies.typed import Typed
from deskcore_sla_policies.watching import begin_run, latest_run


@pages.get("/calendars")
def calendars() -> str:
    """Show all calendars."""
    held = ruleset()
    lines = [
        {
            "key": each.key,
            "title": each.title(language()),
            "zone": each.calendar.zone,
            "week": pictures.week_in_words(each.calendar),
            "days": len(each.calendar.days),
            "used": sum(policy.calendar == each.key and policy.enabled for policy in held.policies),
        }
        for each in stored.stored_calendars().values()
    ]
    return render_template("sla_policies/calendars.html", lines=lines, run=latest_run())


@pages.get("/calendars/new")
def new_calendar() -> str:
    """Show the form of another calendar."""
    office = stored.stored_calendar(stored.OFFICE)
    return _page("", Typed(forms.values(Stored("", {}, office.calendar)) | {"en": [""], "pl": [""]}), None)


@pages.post("/calendars/new")
def add_calendar() -> ResponseReturnValue:
    """Add a calendar, with the holidays of the office's."""
    return _saved("")


@pages.get("/calendars/<key>")
def calendar(key: str) -> str:
    """Show a calendar; ``?month=2026-12`` shows how that month will be."""
    found = stored.stored_calendar(key)
    return _page(key, Typed(forms.values(found)), found)


@pages.post("/calendars/<key>")
def save_calendar(key: str) -> ResponseReturnValue:
    """Change the name, the time zone and the week of a calendar."""
    _editable(key)
    return _saved(key)


@pages.post("/calendars/<key>/days")
def add_day(key: str) -> ResponseReturnValue:
    """Add a day that is unlike others: one off, or one with hours of its own."""
    found, typed = _editable(key), Typed(request.form.to_dict(flat=False))
    day, spans = forms.typed_day(typed), forms.typed_spans(typed)
    if not typed.text("day_name"):
        typed.refuse("day_name", _("Say what day it is."))
    if typed.problems or day is None:
        return _page(key, forms.beside(found, typed), found), 422
    own = OwnDay(typed.text("day_name", 120), tuple(spans))
    return _stored(found, {**found.calendar.days, day: own}, typed, _("The day was added."))


@pages.post("/calendars/<key>/days/remove")
def remove_days(key: str) -> ResponseReturnValue:
    """Take away the days that were ticked."""
    found, typed = _editable(key), Typed(request.form.to_dict(flat=False))
    gone = typed.ticked("remove")
    days = {day: own for day, own in found.calendar.days.items() if f"{day:%Y-%m-%d}" not in gone}
    return _stored(found, days, typed, _("Removed."))


@pages.post("/calendars/<key>/holidays")
def copy_holidays(key: str) -> ResponseReturnValue:
    """Copy the public holidays of a country into a calendar, where they can be changed."""
    found, typed = _editable(key), Typed(request.form.to_dict(flat=False))
    years = forms.typed_years(typed)
    copied: dict[date, str] = {}
    try:
        copied = stored.holidays_of(typed.text("country"), years)
    except Refused as error:
        typed.refuse("country", error.message)
    if typed.problems:
        return _page(key, forms.beside(found, typed), found), 422
    own = {day: OwnDay(name[:120]) for day, name in copied.items() if day not in found.calendar.days}
    return _stored(found, {**found.calendar.days, **own}, typed, _("The holidays were copied."))


@pages.post("/calendars/<key>/remove")
def remove_calendar(key: str) -> ResponseReturnValue:
    """Take a calendar away that no policy counts by."""
    found = _editable(key)
    try:
        stored.remove(key)
    except Refused as error:
        typed = Typed(forms.values(found), list(error.problems))
        return _page(key, typed, found), 422
    begin_run("calendar")
    flash(_("Removed."), "toast")
    return redirect(url_for("sla_policies_admin.calendars"), 303)


def _editable(key: str) -> Stored:
    if key == ALWAYS:
        raise NotFound(_("This calendar has no end and cannot be changed."))
    return stored.stored_calendar(key)


def _saved(key: str) -> ResponseReturnValue:
    typed = Typed(request.form.to_dict(flat=False))
    before = stored.stored_calendar(key) if key else None
    kept = before or stored.stored_calendar(stored.OFFICE)
    name = {spoken: typed.text(spoken, 120) for spoken in ("en", "pl")}
    if not any(name.values()):
        typed.refuse("en", _("Give the calendar a name."))
    weekly = forms.typed_week(typed)
    named = key or key_for(name["en"] or name["pl"], stored.stored_calendars())
    if typed.problems:
        return _page(key, typed, before), 422
    try:
        stored.save(Edited(named, name, typed.text("zone"), weekly, typed.text("version")), kept.calendar.days)
    except (Refused, Conflict) as error:
        return _refused(key, typed, before, error)
    begin_run("calendar")
    flash(_("Saved. Tickets are being read again."), "toast")
    return redirect(url_for("sla_policies_admin.calendar", key=named), 303)


def _stored(found: Stored, days: Mapping[date, OwnDay], typed: Typed, said: str) -> ResponseReturnValue:
    edited = Edited(found.key, found.name, found.calendar.zone, found.calendar.weekly, typed.text("version"))
    try:
        stored.save(edited, days)
    except (Refused, Conflict) as error:
        return _refused(found.key, forms.beside(found, typed), found, error)
    begin_run("calendar")
    flash(said, "toast")
    return redirect(url_for("sla_policies_admin.calendar", key=found.key, _anchor="days"), 303)


def _refused(key: str, typed: Typed, before: Stored | None, error: Refused | Conflict) -> ResponseReturnValue:
    if isinstance(error, Refused):
        typed.problems.extend(error.problems)
        return _page(key, typed, before), 422
    typed.problems.append(Problem(error.message, ""))
    return _page(key, typed, before), 409


def _page(key: str, typed: Typed, found: Stored | None) -> str:
    today = now().date()
    days = found.calendar.days if found else {}
    return render_template(
        "sla_policies/calendar.html",
        key=key,
        typed=typed,
        version=found.version if found else "",
        title=found.title(language()) if found else "",
        editable=key != ALWAYS,
        weekdays=list(enumerate(pictures.weekdays())),
        zones=sorted(available_timezones()),
        ahead=pictures.listed({day: own for day, own in days.items() if day >= today}),
        past=pictures.listed({day: own for day, own in days.items() if day < today}),
        countries=_countries() if found and key != ALWAYS else (),
        this_year=today.year,
        month=pictures.month_of(found.calendar, request.args.get("month", "")) if found else None,
        own_zone=people.time_zone,
        run=latest_run(),
        failed=bool(typed.problems),
    )


def _countries() -> list[tuple[str, str]]:
    """Return the countries whose holidays can be copied, by their names in the reader's language."""
    locale = get_locale()
    named = locale.territories if locale is not None else {}
    return sorted(((code, str(named.get(code, code))) for code in stored.countries()), key=lambda each: each[1])
