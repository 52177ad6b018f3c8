"""The simulator: when a ticket that is opened at a moment would be due, and by which policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask_babel import get_timezone
from flask_babel import gettext as _

from deskcore.plugin import now, people
from deskcore_sla_policies import rules
from deskcore_sla_policies.admin import pages
from deskcore_sla_policies.calendar_store import calendars
from deskcore_sla_policies.cycles import MEASURES
from deskcore_sla_policies.drawing import drawn
from deskcore_sla_policies.lengths import length, moment
from deskcore_sla_policies.policies import PRIORITIES, Subject
from deskcore_sla_policies.policy_views import language
from deskcore_sla_policies.simulating import Simulated, simulate
from deskcore_sla_policies.texts import MEASURES as MEASURE_TEXTS
from deskcore_sla_policies.words import action_words, priority_word

#: A Friday afternoon shows best what a calendar does.
_FRIDAY, _AFTERNOON = 4, time(15, 40)


@dataclass(frozen=True)
class Question:
    """What the simulator is asked, as its address says it."""

    subject: Subject
    day: date
    at: time
    error: str = ""

    @property
    def opened_at(self) -> datetime:
        """Return the moment meant, by the reader's clock."""
        return datetime.combine(self.day, self.at, _zone()).astimezone(UTC)


@pages.get("/simulator")
def simulator() -> str:
    """Show when a ticket would be due."""
    asked = _asked()
    found = [] if asked.error else simulate(asked.opened_at, asked.subject, rules.ruleset(), calendars())
    policy = rules.ruleset().choose(asked.subject)
    return render_template(
        "sla_policies/simulator.html",
        asked=asked,
        opened=moment(asked.opened_at),
        desks=_options(people.desks(), asked.subject.desk),
        services=[(_("Any"), "", not asked.subject.request_type), *_services(asked)],
        priorities=[(priority_word(each), each, each == asked.subject.priority) for each in PRIORITIES],
        departments=_names(people.departments(), asked.subject.department),
        locations=_names(people.locations(), asked.subject.location),
        policy=policy.title(language()) if policy else "",
        found=[_shown(each) for each in found],
        errors=[{"message": asked.error, "id": "f-day"}] if asked.error else [],
        unpromised=[str(MEASURE_TEXTS[each].in_language(language())) for each in _missing(found)],
    )


def _asked() -> Question:
    """Return what the address asks; what it does not say is as usual."""
    given = request.args
    desks = list(people.desks())
    desk = given.get("desk", "") if given.get("desk", "") in desks else (desks or [""])[0]
    service = given.get("service", "") if given.get("service", "") in people.services(desk) else ""
    priority = given.get("priority", "normal") if given.get("priority") in PRIORITIES else "normal"
    department, location = (given.get(name, "")[:200] for name in ("department", "location"))
    subject = Subject(desk, service, priority, department, location, bool(given.get("vip")))
    day, at, error = _next_friday(), _AFTERNOON, ""
    try:
        day = date.fromisoformat(given["day"]) if given.get("day") else day
        at = time.fromisoformat(given["time"]).replace(second=0, tzinfo=None) if given.get("time") else at
    except ValueError:
        error = _("Write a day such as 2026-11-20 and a time such as 15:40.")
    if not 1970 <= day.year < 2200:
        day, error = _next_friday(), _("Choose a day between 1970 and 2199.")
    return Question(subject, day, at, error)


def _zone() -> ZoneInfo:
    """Return the reader's time zone, of the kind with which a day and a time can be put together."""
    return ZoneInfo(str(get_timezone()))


def _next_friday() -> date:
    today = now().astimezone(_zone()).date()
    return today + timedelta(days=(_FRIDAY - today.weekday()) % 7)


def _shown(one: Simulated) -> dict[str, Any]:
    return {
        "key": one.clock.measure,
        "title": MEASURE_TEXTS[one.clock.measure].in_language(language()),
        "policy": one.policy.title(language()),
        "goal": length(one.clock.goal),
        "around_the_clock": one.clock.measure in one.policy.around_the_clock,
        "due": moment(one.due_at),
        "stages": [
            {"percent": stage.percent, "at": moment(at), "done": [action_words(each) for each in stage.actions]}
            for stage, at in one.stages
        ],
        **drawn(one.clock),
        "stopped": moment(one.due_at),
    }


def _missing(found: Any) -> list[str]:
    there = {each.clock.measure for each in found}
    return [measure for measure in MEASURES if measure not in there and measure != "next_reply"]


def _options(titles: Any, chosen: str) -> list[tuple[str, str, bool]]:
    return [(title.in_language(language()), key, key == chosen) for key, title in titles.items()]


def _services(asked: Question) -> list[tuple[str, str, bool]]:
    found = _options(people.services(asked.subject.desk), asked.subject.request_type)
    return sorted(found, key=lambda each: each[0].casefold())


def _names(names: list[str], chosen: str) -> list[tuple[str, str, bool]]:
    return [(_("Any"), "", not chosen), *((name, name, name == chosen) for name in names)]
