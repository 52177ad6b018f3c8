"""Statuses, teams and business hours of a desk, and what managers may there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.desks.administration import (
    change_hours,
    change_managers,
    change_statuses,
    read_desk,
    read_hours,
    read_team,
)
from deskcore.desks.hours import DAYS, Hours
from deskcore.desks.leaving import moves_under_way
from deskcore.desks.statuses import MOST, checked_statuses
from deskcore.desks.teams import add_team, remove_team, rename_team
from deskcore.errors import Conflict, Refused
from deskcore.events.jobs import queue_job
from deskcore.fingerprints import fingerprint
from deskcore.tickets.desk_use import refuse_used_team
from deskcore.tickets.managers import JOB
from deskcore.tickets.status_moves import worn
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.desk_page import (
    SPANS,
    DeskForms,
    desk_page,
    hours_values,
    hours_words,
    managers_words,
    statuses_words,
)
from deskcore.web.admin.desks import desk_url, saved
from deskcore.web.admin.editing import Typed, conflict, differences, given, messages
from deskcore.web.templating import toast
from deskcore.work import unit_of_work


@blueprint.post("/desks/<key>/statuses")
def desk_statuses(key: str) -> ResponseReturnValue:
    """Store the statuses: renamed ones, new ones, and without those that were ticked."""
    sent = _sent_statuses()
    wanted = [status for status in sent if not status["remove"] and (status["key"] or any(status["title"].values()))]
    try:
        used = _store_statuses(key, wanted)
    except Refused as refused:
        problems = {_status_id(place): text for place, text in messages(refused.problems).items()}
        return desk_page(key, DeskForms(statuses=sent, problems=problems)), 422
    except Conflict as error:
        row = read_desk(key)
        stored, yours = statuses_words(row.statuses), statuses_words(wanted)
        rows = differences({name: name for name in {**stored, **yours}}, stored, yours)
        return conflict(error.message, rows, fingerprint(row.statuses), desk_url(key))
    if not used:
        return saved(key, _("The statuses were saved."), "statuses")
    toast(_("The statuses were saved. Say which one the tickets get instead."))
    return redirect(url_for("admin.status_removal", key=key, status=used[0]), 303)


def _store_statuses(key: str, wanted: Sequence[Mapping[str, Any]]) -> list[str]:
    """Store the statuses; return those that were to go and stay for now, because tickets have them."""
    with unit_of_work():
        row = read_desk(key)
        used = worn(row, {status["key"] for status in row.statuses} - {status["key"] for status in wanted})
        # Those that are going are no longer there for their meaning.
        leaving = {move.status for move in moves_under_way(row)}
        checked_statuses(row.statuses, [status for status in wanted if status["key"] not in leaving])
        stay = [status for status in row.statuses if status["key"] in used]
        # Where they stood: the first one of a meaning is what tickets get.
        order = {status["key"]: place for place, status in enumerate(row.statuses)}
        stored = sorted([*wanted, *stay], key=lambda status: order.get(status["key"], len(order)))
        change_statuses(key, stored, request.form.get("seen", ""))
        return [status["key"] for status in stay]


def _sent_statuses() -> list[dict[str, Any]]:
    form, found = request.form, []
    for place in range(min(len(form.getlist("key")), MOST + 5)):
        words = {
            part: {language: form.get(f"{place}.{part}.{language}", "") for language in ("en", "pl")}
            for part in ("title", "portal")
        }
        status = {"key": form.getlist("key")[place], "category": form.get(f"{place}.category", "")}
        found.append(status | words | {"remove": form.get(f"{place}.remove") == "yes"})
    return found


def _status_id(place: str) -> str:
    return f"s-{place.replace('.', '-')}" if place else "statuses"


@blueprint.post("/desks/<key>/hours")
def desk_hours(key: str) -> ResponseReturnValue:
    """Store when a desk works."""
    values = given(hours_values(Hours()))
    hours = _hours(values)
    try:
        change_hours(key, hours, request.form.get("seen", ""))
    except Refused as refused:
        errors = messages(refused.problems)
        forms = DeskForms(hours=Typed(values, errors), problems={f"h-{place}": text for place, text in errors.items()})
        return desk_page(key, forms), 422
    except Conflict as error:
        stored = read_hours(read_desk(key))
        words = hours_words(stored)
        rows = differences({label: label for label in words}, words, hours_words(hours))
        return conflict(error.message, rows, fingerprint(asdict(stored)), desk_url(key))
    return saved(key, _("The business hours were saved."), "hours")


def _hours(values: Mapping[str, str]) -> Hours:
    weekly = {
        day: [(values[f"{day}.{place}.begin"].strip(), values[f"{day}.{place}.end"].strip()) for place in range(SPANS)]
        for day in DAYS
    }
    return Hours(values["time_zone"].strip(), weekly, values["holidays"])


@blueprint.post("/desks/<key>/managers")
def desk_managers(key: str) -> ResponseReturnValue:
    """Store what managers may: see what their people ask, and ask in their name."""
    see, send = request.form.get("see") == "yes", request.form.get("send") == "yes"
    try:
        with unit_of_work():
            change_managers(key, see=see, send=send, seen=request.form.get("seen", ""))
            queue_job(JOB)
    except Refused as refused:
        return desk_page(key, DeskForms(problems={"managers": refused.message})), 422
    except Conflict as error:
        row = read_desk(key)
        stored, yours = managers_words(see=row.managers_see, send=row.managers_send), managers_words(see=see, send=send)
        seen = fingerprint([row.managers_see, row.managers_send])
        return conflict(
            error.message, differences({label: label for label in stored}, stored, yours), seen, desk_url(key)
        )
    return saved(key, _("What managers may was saved."), "managers")


@blueprint.post("/desks/<key>/teams")
def desk_team_add(key: str) -> ResponseReturnValue:
    """Add a team."""
    values = given(("en", "pl", "tier"))
    try:
        add_team(key, values, _tier(values["tier"]))
    except Refused as refused:
        errors = messages(refused.problems)
        forms = DeskForms(
            team=Typed(values, errors), problems={_team_id(place): text for place, text in errors.items()}
        )
        return desk_page(key, forms), 422
    return saved(key, _("The team was added."), "teams")


def _team_id(place: str) -> str:
    return place.replace("team_", "n-team-") if place else "teams"


@blueprint.post("/desks/<key>/teams/<team>")
def desk_team_save(key: str, team: str) -> ResponseReturnValue:
    """Rename a team, or remove it."""
    values = given(("en", "pl", "tier"))
    try:
        if request.form.get("action") == "remove":
            with unit_of_work():
                refuse_used_team(read_desk(key), team)
                remove_team(key, team)
            return saved(key, _("The team was removed."), "teams")
        rename_team(key, team, values, _tier(values["tier"]), request.form.get("seen", ""))
    except Refused as refused:
        problems = {place or "teams": text for place, text in messages(refused.problems).items()}
        return desk_page(key, DeskForms(problems=problems)), 422
    except Conflict as error:
        return _team_conflict(key, team, error, values)
    return saved(key, _("The team was saved."), "teams")


def _team_conflict(key: str, team: str, error: Conflict, values: Mapping[str, str]) -> ResponseReturnValue:
    found = read_team(read_desk(key), team)
    stored = {**found.title, "tier": str(found.tier)}
    labels = {"en": _("Name in English"), "pl": _("Name in Polish"), "tier": _("Tier")}
    rows = differences(labels, stored, values)
    return conflict(error.message, rows, fingerprint([found.title, found.tier]), desk_url(key))


def _tier(text: str) -> int:
    return int(text) if text in ("1", "2", "3") else 1
