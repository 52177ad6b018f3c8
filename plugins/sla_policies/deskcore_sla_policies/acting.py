"""What is done when a time is nearly over, or over: said on the timeline, told to other plugins, and acted upon."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from deskcore.plugin import Conflict, NotAllowed, NotFound, Refused, TicketView, people, tickets
from deskcore_sla_policies import texts
from deskcore_sla_policies.policies import Action, Stage
from deskcore_sla_policies.reading import Kept

#: Priorities from least to most pressing.
_UPWARDS = ("low", "normal", "high", "urgent")


def act(view: TicketView, kept: Kept, stage: Stage) -> None:
    """Do what a policy wants at a stage; belongs into the transaction that marks it as done.

    Something that is not possible any more, such as handing the ticket to somebody who has left, is said on the
    timeline, and keeps nothing else from being done.
    """
    hook = "sla_breached" if stage.is_breach else "sla_warning"
    text = texts.breached(kept.clock.measure) if stage.is_breach else texts.warning(kept.clock.measure, stage.percent)
    tickets.announce(view.number, hook, text, _told(kept, stage), icon="alert" if stage.is_breach else "hourglass")
    for action in stage.actions:
        try:
            _DOINGS[action.kind](view, action)
        except (Refused, NotFound, NotAllowed, Conflict) as error:
            tickets.say(view.number, texts.impossible(action, error.message), icon="alert")


def _told(kept: Kept, stage: Stage) -> dict[str, object]:
    """Return what other plugins are told."""
    clock = kept.clock
    return {
        "measure": clock.measure,
        "percent": stage.percent,
        "policy": kept.policy.key,
        "goal_minutes": round(clock.goal.total_seconds() / 60),
        "due_at": clock.due_at.isoformat() if clock.due_at else None,
        "notify": [action.value for action in stage.actions if action.kind == "notify"],
    }


def _nothing(view: TicketView, action: Action) -> None:
    """Whom to notify is told to the plugins that send messages."""


def _raise_priority(view: TicketView, action: Action) -> None:
    place = _UPWARDS.index(view.priority)
    if place + 1 < len(_UPWARDS):
        tickets.set_priority(view.number, _UPWARDS[place + 1], channel="system")


def _next_tier(view: TicketView, action: Action) -> None:
    """Hand the ticket to the first team of the next tier that there is; the last tier keeps it."""
    teams = people.teams(view.desk)
    tier = next((team.tier for team in teams if team.key == view.team), 1)
    following = [team for team in teams if team.tier > tier]
    if following:
        tickets.escalate(view.number, view.desk, following[0].key, channel="system")


def _assign(view: TicketView, action: Action) -> None:
    tickets.assign(view.number, action.value, channel="system")


def _tag(view: TicketView, action: Action) -> None:
    if action.value not in view.tags:
        tickets.set_tags(view.number, [*view.tags, action.value], channel="system")


_DOINGS: Mapping[str, Callable[[TicketView, Action], None]] = {
    "notify": _nothing,
    "raise_priority": _raise_priority,
    "next_tier": _next_tier,
    "assign": _assign,
    "tag": _tag,
}
