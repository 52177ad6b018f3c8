"""The page of one desk in the administration: what it shows, whichever of its forms came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import available_timezones

from flask import render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString
from sqlalchemy import select

from deskcore.desks.administration import edits_of, read_desk, read_hours
from deskcore.desks.desk_edits import DeskEdit
from deskcore.desks.form_views import OptionView
from deskcore.desks.hours import DAYS, Hours
from deskcore.desks.leaving import moves_under_way
from deskcore.desks.models import DeskRow
from deskcore.desks.teams import declared_teams
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.hooks.contributions import STATUS_CATEGORIES
from deskcore.people.granting import may_grant, members
from deskcore.people.models import Team
from deskcore.runtime import runtime
from deskcore.web.admin.editing import Typed, options
from deskcore.web.admin.person_page import role_labels
from deskcore.web.viewer import language
from deskcore.web.vocabulary import status_look

_DAY_NAMES: Mapping[str, LazyString] = {
    "mon": _l("Monday"),
    "tue": _l("Tuesday"),
    "wed": _l("Wednesday"),
    "thu": _l("Thursday"),
    "fri": _l("Friday"),
    "sat": _l("Saturday"),
    "sun": _l("Sunday"),
}
#: How the fields begin that stand in each part of the page.
_PARTS: Mapping[str, tuple[str, ...]] = {
    "title": ("title-",),
    "statuses": ("s-", "statuses"),
    "hours": ("h-",),
    "switch": ("switch",),
    "members": ("m-",),
    "teams": ("team", "n-team"),
}
#: Pairs of times that the form offers for each day.
SPANS = 2


@dataclass(frozen=True)
class StatusRow:
    """A status in the form; the last ones are empty, for new statuses.

    :param means: the category in words, fixed once tickets may have it.
    :param leaving: its tickets are being given another one.
    """

    key: str
    title: Mapping[str, str]
    portal: Mapping[str, str]
    means: str
    categories: Sequence[OptionView]
    usual: str = ""
    leaving: bool = False


@dataclass(frozen=True)
class EditRow:
    """A change of an administrator beside what the plugin says."""

    key: str
    label: str
    yours: str
    declared: str
    moved: bool


@dataclass(frozen=True)
class DeskForms:
    """What came back of each form; nothing for those that were not sent."""

    title: Typed | None = None
    hours: Typed | None = None
    statuses: Sequence[Mapping[str, Any]] | None = None
    team: Typed | None = None
    member: Typed | None = None
    problems: Mapping[str, str] | None = None


def desk_page(key: str, forms: DeskForms | None = None) -> str:
    """Render the page."""
    row, forms = read_desk(key), forms or DeskForms()
    hours = read_hours(row)
    people = members(row)
    teams = db.session.scalars(select(Team).where(Team.desk_id == row.id).order_by(Team.tier, Team.key)).all()
    problems = dict(forms.problems or {})
    return render_template(
        "admin/desk.html",
        desk=row,
        name=row.title[language()],
        title=forms.title or Typed({"en": row.title["en"], "pl": row.title["pl"]}),
        title_seen=fingerprint(row.title),
        hours=forms.hours or Typed(hours_values(hours)),
        hours_seen=fingerprint(asdict(hours)),
        days=[(day, str(_DAY_NAMES[day])) for day in DAYS],
        spans=range(SPANS),
        holidays=options(holiday_labels(), (forms.hours.values if forms.hours else hours_values(hours))["holidays"]),
        zones=sorted(zone for zone in available_timezones() if zone.startswith("Europe/")),
        own_zone=runtime().config.time_zone,
        statuses=status_rows(forms.statuses if forms.statuses is not None else row.statuses, row),
        statuses_seen=fingerprint(row.statuses),
        teams=[(team, fingerprint([team.title, team.tier])) for team in teams],
        declared_teams=declared_teams(row),
        team=forms.team or Typed({}),
        members=[(person, role_labels()[role], _roles(role), fingerprint(role)) for person, role in people],
        member=forms.member or Typed({}),
        roles=_roles("agent")[1:],
        nothing=fingerprint(""),
        may_grant=may_grant(row),
        has_lead=any(role == "lead" for _person, role in people),
        managers_seen=fingerprint([row.managers_see, row.managers_send]),
        managers_said=_managers_said(row),
        edits=[_edit_row(edit) for edit in edits_of(row)],
        hours_said=_hours_said(hours),
        opened=_opened(problems),
        problems=problems,
        summary=[{"message": message, "id": place} for place, message in problems.items()],
        failed=bool(problems),
    )


def _opened(problems: Mapping[str, str]) -> set[str]:
    """Return the parts of the page that are unfolded: where something is to correct, and the one that was asked for."""
    beginnings = {
        "s-": "statuses",
        "h-": "hours",
        "m-": "members",
        "n-team": "teams",
        "team": "teams",
        "title-": "title",
    }
    found = {part for start, part in beginnings.items() if any(place.startswith(start) for place in problems)}
    return found | {"statuses", "switch", "managers"} & problems.keys() | {request.args.get("open", "")}


def _hours_said(hours: Hours) -> str:
    days = [str(_DAY_NAMES[day]) for day in DAYS if hours.weekly.get(day)]
    return ngettext("%(num)s day a week", "%(num)s days a week", len(days)) if days else _("Always")


def managers_words(*, see: bool, send: bool) -> dict[str, str]:
    """Return what managers may on a desk in words, by label."""
    yes, no = _("Yes"), _("No")
    return {_("Managers see requests"): yes if see else no, _("Managers send requests"): yes if send else no}


def _managers_said(row: DeskRow) -> str:
    if row.managers_see and row.managers_send:
        return _("See and send")
    return _("See only") if row.managers_see else _("Send only") if row.managers_send else _("Off")


def holiday_labels() -> dict[str, str]:
    """Return which days off a desk may keep."""
    return {"none": _("None"), "poland": _("Days off in Poland")}


def hours_values(hours: Hours) -> dict[str, str]:
    """Return business hours as the form holds them."""
    values = {"time_zone": hours.time_zone, "holidays": hours.holidays}
    for day in DAYS:
        spans = [*hours.weekly.get(day, ()), *([["", ""]] * SPANS)][:SPANS]
        for place, (begin, end) in enumerate(spans):
            values[f"{day}.{place}.begin"], values[f"{day}.{place}.end"] = begin, end
    return values


def hours_words(hours: Hours) -> dict[str, str]:
    """Return business hours in words, by label."""
    days = {
        str(_DAY_NAMES[day]): ", ".join(f"{begin}–{end}" for begin, end in hours.weekly.get(day, ())) for day in DAYS
    }
    return {_("Time zone"): hours.time_zone, _("Holidays"): holiday_labels().get(hours.holidays, ""), **days}


def status_rows(statuses: Sequence[Mapping[str, Any]], row: DeskRow) -> list[StatusRow]:
    """Return the statuses as the form shows them, with one empty row for a new one."""
    known = {status["key"] for status in row.statuses}
    leaving = {move.status for move in moves_under_way(row)}
    found = [_status_row(status, known, leaving) for status in statuses]
    new = any(not status.key for status in found)
    return found if new else [*found, _status_row({"key": "", "category": "open", "title": {}}, known, leaving)]


def _status_row(status: Mapping[str, Any], known: set[str], leaving: set[str]) -> StatusRow:
    category, key = status.get("category", "open"), status["key"] if status["key"] in known else ""
    means = str(status_look(category).word) if category in STATUS_CATEGORIES else category
    labels = {one: str(status_look(one).word) for one in STATUS_CATEGORIES}
    usual = str(status_look(category, "requester").word) if category in STATUS_CATEGORIES else ""
    words, choices = (status.get("title") or {}, status.get("portal") or {}), options(labels, category)
    return StatusRow(key, *words, means, choices, usual, leaving=key in leaving)


def statuses_words(statuses: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return statuses in words, by key."""
    return {status["key"] or "+": _status_words(status) for status in statuses}


def _status_words(status: Mapping[str, Any]) -> str:
    title, portal = status.get("title") or {}, status.get("portal") or {}
    parts = (title.get("en"), title.get("pl"), portal.get("en"), portal.get("pl"))
    return " / ".join(part for part in parts if part)


def _edit_row(edit: DeskEdit) -> EditRow:
    kind, _dot, team = edit.key.partition(".")
    labels = {
        "title": _("Title"),
        "statuses": _("Statuses"),
        "enabled": _("Turned on"),
        "team": _("Team %(key)s", key=team),
    }
    return EditRow(edit.key, labels.get(kind, edit.key), _words(edit.yours), _words(edit.declared), edit.moved)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Mapping):
        return f"{value.get('en', '')} / {value.get('pl', '')}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(status["title"][language()] for status in value)
    return "–" if value is None else str(value)


def _roles(chosen: str) -> list[OptionView]:
    return options(role_labels(), chosen)
