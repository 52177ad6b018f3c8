"""How the clocks of one ticket came to their figures: a panel beside it, and a page that explains every minute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.plugin import PanelRow, Text, TicketScoped, TicketView, ViewerView, now, people, session, tickets
from deskcore_sla_policies import history
from deskcore_sla_policies.calendar_store import calendars
from deskcore_sla_policies.calendars import Calendar
from deskcore_sla_policies.clock import Clock
from deskcore_sla_policies.cycles import Stay, stays
from deskcore_sla_policies.drawing import drawn
from deskcore_sla_policies.following import subject_of
from deskcore_sla_policies.lengths import length, moment
from deskcore_sla_policies.models import ClockRow, Followed
from deskcore_sla_policies.policies import Policy
from deskcore_sla_policies.reading import Kept, read
from deskcore_sla_policies.rules import rulesets
from deskcore_sla_policies.texts import MEASURES

#: A table with more lines begins folded.
_FOLDED = 24


def rows(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """Return a line of the panel for the newest clock of each kind; none for a ticket that is promised nothing."""
    of_ticket = ClockRow.ticket_id == TicketScoped.id_of(ticket.number).scalar_subquery()
    found = session().scalars(select(ClockRow).where(of_ticket).order_by(ClockRow.cycle))
    newest = {row.measure: row for row in found}
    url = f"/agent/tickets/{ticket.number}/sla"
    return [
        PanelRow(_stands(newest[measure]), term=said.in_language(viewer.language), url=url)
        for measure, said in MEASURES.items()
        if measure in newest
    ]


def data(ticket: TicketView, viewer: ViewerView) -> Mapping[str, Any]:
    """Return what the page about a ticket's clocks shows."""
    events = tickets.timeline(ticket.number)
    row = (
        session()
        .scalars(select(Followed).where(Followed.ticket_id == TicketScoped.id_of(ticket.number).scalar_subquery()))
        .one_or_none()
    )
    reading = read(events, subject_of(ticket, row), rulesets(), calendars(), now())
    facts = history.facts(events)
    spent = stays(facts, reading.at) if facts else []
    kept = next((each for each in reversed(reading.kept) if each.clock.measure == "resolution"), None)
    calendar = kept.clock.terms.calendar if kept else Calendar.always()
    return {
        "clocks": [_shown(each, viewer.language) for each in reading.kept],
        "finished": reading.finished,
        "statuses": _by_category(spent, calendar),
        "teams": _by_team(spent, calendar, kept.policy if kept else None, _teams(ticket.desk, viewer.language)),
    }


def _stands(row: ClockRow) -> str:
    """Return how a stored clock stands, in a few words."""
    took = length(timedelta(seconds=row.elapsed))
    if row.state == "stopped":
        return _("late, took %(length)s", length=took) if row.outcome == "late" else _("met in %(length)s", length=took)
    if row.outcome == "late":
        return _("late since %(moment)s", moment=moment(row.breached_at))
    if row.state == "paused":
        return _("paused after %(length)s", length=took)
    return _("due %(moment)s", moment=moment(row.due_at)) if row.due_at else _("never due: the calendar has no hours")


def _shown(kept: Kept, language: str) -> dict[str, Any]:
    clock = kept.clock
    strip = drawn(clock)
    return {
        "key": f"{clock.measure}-{clock.cycle}",
        "title": MEASURES[clock.measure].in_language(language),
        "cycle": clock.cycle if clock.measure == "next_reply" else 0,
        "policy": kept.policy.title(language),
        "state": _state(clock),
        "elapsed": length(clock.elapsed),
        "goal": length(clock.goal),
        "remaining": "" if clock.state == "stopped" else length(clock.remaining),
        "grace": length(clock.terms.grace) if clock.terms.grace else "",
        "paused_for": clock.paused_for,
        "due": moment(clock.due_at),
        "breached": moment(clock.breached_at),
        **strip,
        "folded": len(strip["parts"]) > _FOLDED,
    }


def _state(clock: Clock) -> str:
    """Return the state under which lists show it: ``ok``, ``paused``, ``over`` or ``met``."""
    if clock.late:
        return "over"
    return {"running": "ok", "paused": "paused", "stopped": "met"}[clock.state]


def _by_category(spent: Sequence[Stay], calendar: Calendar) -> list[dict[str, str]]:
    """Return how long the ticket was in each category of status, in working time and by the clock on the wall."""
    found: defaultdict[str, list[Stay]] = defaultdict(list)
    for stay in spent:
        if stay.category != "closed":
            found[stay.category].append(stay)
    return [{"category": category, **_spent(stays, calendar)} for category, stays in found.items()]


def _by_team(
    spent: Sequence[Stay], calendar: Calendar, policy: Policy | None, titles: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return how long each team had the ticket, beside what the teams promise one another."""
    found: defaultdict[str, list[Stay]] = defaultdict(list)
    for stay in spent:
        if stay.category not in ("resolved", "closed"):
            found[stay.team].append(stay)
    shown = []
    for team, of_team in found.items():
        agreed = policy.tiers.get(team) if policy else None
        over = agreed is not None and _working(of_team, calendar) > timedelta(minutes=agreed)
        goal = length(timedelta(minutes=agreed)) if agreed is not None else ""
        shown.append({"team": titles.get(team, team), "goal": goal, "over": over, **_spent(of_team, calendar)})
    return shown


def _spent(of: Sequence[Stay], calendar: Calendar) -> dict[str, str]:
    whole = sum((stay.end - stay.start for stay in of), timedelta(0))
    return {"working": length(_working(of, calendar)), "whole": length(whole)}


def _working(of: Sequence[Stay], calendar: Calendar) -> timedelta:
    return sum((calendar.between(stay.start, stay.end) for stay in of), timedelta(0))


def _teams(desk: str, language: str) -> dict[str, str]:
    titles: dict[str, Text] = {team.key: team.title for team in people.teams(desk)}
    return {"": _("No team"), **{key: title.in_language(language) for key, title in titles.items()}}
