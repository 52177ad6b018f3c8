"""Statuses, teams and business hours of a desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.desks.administration import (
    add_team,
    change_hours,
    change_statuses,
    read_desk,
    read_hours,
    read_team,
    remove_team,
    rename_team,
)
from deskcore.desks.hours import DAYS, Hours
from deskcore.desks.statuses import MOST
from deskcore.errors import Conflict, Refused
from deskcore.fingerprints import fingerprint
from deskcore.tickets.desk_use import refuse_used_statuses, refuse_used_team
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.desk_page import SPANS, DeskForms, desk_page, hours_values, hours_words, statuses_words
from deskcore.web.admin.desks import desk_url, saved
from deskcore.web.admin.editing import Typed, conflict, differences, given, messages
from deskcore.work import unit_of_work


@blueprint.post("/desks/<key>/statuses")
def desk_statuses(key: str) -> ResponseReturnValue:
    """Store the statuses: renamed ones, new ones, and without those that were ticked."""
    sent = _sent_statuses()
    wanted = [status for status in sent if not status["remove"] and (status["key"] or any(status["title"].values()))]
    try:
        with unit_of_work():
            row = read_desk(key)
            kept = {status["key"] for status in wanted}
            refuse_used_statuses(row, {status["key"] for status in row.statuses} - kept)
            change_statuses(key, wanted, request.form.get("seen", ""))
    except Refused as refused:
        problems = {_status_id(place): text for place, text in messages(refused.problems).items()}
        return desk_page(key, DeskForms(statuses=sent, problems=problems)), 422
    except Conflict as error:
        row = read_desk(key)
        stored, yours = statuses_words(row.statuses), statuses_words(wanted)
        rows = differences({name: name for name in {**stored, **yours}}, stored, yours)
        return conflict(error.message, rows, fingerprint(row.statuses), desk_url(key))
    return saved(key, _("The statuses were saved."))


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
    return saved(key, _("The business hours were saved."))


def _hours(values: Mapping[str, str]) -> Hours:
    weekly = {
        day: [(values[f"{day}.{place}.begin"].strip(), values[f"{day}.{place}.end"].strip()) for place in range(SPANS)]
        for day in DAYS
    }
    return Hours(values["time_zone"].strip(), weekly, values["holidays"])


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
    return saved(key, _("The team was added."))


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
            return saved(key, _("The team was removed."))
        rename_team(key, team, values, _tier(values["tier"]), request.form.get("seen", ""))
    except Refused as refused:
        problems = {place or "teams": text for place, text in messages(refused.problems).items()}
        return desk_page(key, DeskForms(problems=problems)), 422
    except Conflict as error:
        return _team_conflict(key, team, error, values)
    return saved(key, _("The team was saved."))


def _team_conflict(key: str, team: str, error: Conflict, values: Mapping[str, str]) -> ResponseReturnValue:
    found = read_team(read_desk(key), team)
    stored = {**found.title, "tier": str(found.tier)}
    labels = {"en": _("Name in English"), "pl": _("Name in Polish"), "tier": _("Tier")}
    rows = differences(labels, stored, values)
    return conflict(error.message, rows, fingerprint([found.title, found.tier]), desk_url(key))


def _tier(text: str) -> int:
    return int(text) if text in ("1", "2", "3") else 1
