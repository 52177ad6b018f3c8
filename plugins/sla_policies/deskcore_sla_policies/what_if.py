"""What would have been: policies tried on tickets there have been, with no effect on them.

A trial is a row that workers fill, a few tickets at a time, so that nobody waits for it. It reads as the plugin does,
and leaves out confidential desks: not even how many tickets they have is told.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy import delete, select, update

from deskcore.plugin import now, people, session, tickets, unit_of_work
from deskcore_sla_policies.calendar_store import calendars
from deskcore_sla_policies.following import subject_of
from deskcore_sla_policies.models import Followed, Trial
from deskcore_sla_policies.policies import Ruleset
from deskcore_sla_policies.reading import Kept, read
from deskcore_sla_policies.rules import from_json, to_json

#: Key of the job.
JOB = "sla_what_if"
#: Tickets that are read at a time, seconds that a piece of the work takes, and late tickets that are named.
BATCH, PIECE, NAMED = 100, 2.0, 100
#: Trials that are kept.
_KEPT = 20


@dataclass
class Tally:
    """What came of one set of policies.

    :param promised: tickets to which anything was promised.
    :param outcomes: clocks by measure and outcome, such as ``resolution late``.
    :param fired: by the percentage that was reached; ``actions``: what would have been done, by kind.
    :param late: minutes beyond the goal by measure, by number of the ticket.
    :param free: numbers of tickets that are late by another set, and to which this one promises nothing.
    :param late_tickets: how many there were, also beyond those that are named.
    """

    promised: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    fired: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    late: dict[str, dict[str, int]] = field(default_factory=dict)
    late_tickets: int = 0
    free: list[str] = field(default_factory=list)

    def add(self, number: str, kept: Sequence[Kept]) -> None:
        """Count one ticket."""
        self.promised += bool(kept)
        late = {each.clock.measure: _over(each) for each in kept if each.clock.late}
        self.late_tickets += bool(late)
        if late and len(self.late) < NAMED:
            self.late[number] = late
        for each in kept:
            self.outcomes[f"{each.clock.measure} {each.clock.outcome}"] += 1
            for stage in each.policy.stages:
                if has_fired(each, each.moment_of(stage), is_breach=stage.is_breach):
                    self.fired[str(min(stage.percent, 100))] += 1
                    self.actions.update(action.kind for action in stage.actions)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Tally:
        """Return a tally from what was stored."""
        counted = {name: Counter(stored[name]) for name in ("outcomes", "fired", "actions")}
        return cls(**{**stored, **counted, "late": {number: dict(late) for number, late in stored["late"].items()}})

    def stored(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {name: dict(value) if isinstance(value, dict) else value for name, value in vars(self).items()}


def begin(desk: str, wanted: int, tried: Sequence[tuple[str, Ruleset]]) -> str:
    """Let workers try policies on the newest tickets, and return the trial's token.

    :param desk: key of the desk; empty for all.
    :param tried: what each is called, and its policies.
    """
    token = secrets.token_hex(16)
    with unit_of_work() as work:
        kept = select(Trial.token).order_by(Trial.asked_at.desc()).limit(_KEPT - 1)
        old = delete(Trial).where(Trial.token.not_in(list(work.scalars(kept))))
        work.execute(old, execution_options={"synchronize_session": False})
        work.add(
            Trial(
                token=token,
                by=people.asking().email,
                desk=desk,
                wanted=wanted,
                tried=[[name, [to_json(policy) for policy in held.policies]] for name, held in tried],
                found=[Tally().stored() for _each in tried],
            )
        )
        work.flush()
        tickets.do_later(JOB, {"token": token})
    return token


def go_on(payload: Mapping[str, Any]) -> None:
    """Try policies on some more tickets, and queue the rest."""
    end = monotonic() + PIECE
    while monotonic() < end:
        trial = session().get(Trial, payload.get("token"), populate_existing=True)
        if trial is None or trial.ended:
            return
        _step(trial)
    tickets.do_later(JOB, payload)


def trial_of(token: str) -> Trial | None:
    """Return a trial."""
    return session().get(Trial, token)


def trials() -> Sequence[Trial]:
    """Return the latest trials, the newest first."""
    return session().scalars(select(Trial).order_by(Trial.asked_at.desc()).limit(_KEPT)).all()


def has_fired(kept: Kept, moment: datetime | None, *, is_breach: bool) -> bool:
    """Tell whether a stage was reached while the clock was read."""
    if is_breach:
        return kept.clock.late
    stopped = kept.clock.stopped_at
    return moment is not None and moment <= kept.clock.ended_at and moment != stopped


def _step(trial: Trial) -> None:
    """Read one more batch."""
    left = trial.wanted - trial.done
    ids = tickets.ids(limit=min(BATCH, left), after=trial.after, newest_first=True, desk=trial.desk) if left > 0 else []
    tallies = [Tally.read(each) for each in trial.found]
    if ids:
        _read(ids, trial, tallies)
    values: dict[str, Any] = {"found": [tally.stored() for tally in tallies], "done": trial.done + len(ids)}
    values |= {"after": ids[-1]} if ids else {"ended": True}
    with unit_of_work() as work:
        # Done twice, for a worker that was thought dead, it counts once.
        step = update(Trial).where(Trial.token == trial.token, Trial.after == trial.after)
        work.execute(step.values(values), execution_options={"synchronize_session": False})


def _read(ids: Sequence[int], trial: Trial, tallies: Sequence[Tally]) -> None:
    tried = [Ruleset(tuple(map(from_json, policies))) for _name, policies in trial.tried]
    views, events = tickets.views(ids), tickets.timelines(ids)
    rows = {row.ticket_id: row for row in session().scalars(select(Followed).where(Followed.ticket_id.in_(ids)))}
    known, moment = calendars(), now()
    for ticket_id, view in views.items():
        if people.is_confidential(view.desk):
            continue
        subject = subject_of(view, rows.get(ticket_id))
        kept = [read(events[ticket_id], subject, [held], known, moment).kept for held in tried]
        some_late = any(each.clock.late for every in kept for each in every)
        for tally, every in zip(tallies, kept, strict=True):
            tally.add(view.number, every)
            if some_late and not every and len(tally.free) < NAMED:
                tally.free.append(view.number)


def _over(kept: Kept) -> int:
    """Return the minutes by which a clock is beyond its goal."""
    return round((kept.clock.elapsed - kept.clock.goal).total_seconds() / 60)


def only(held: Ruleset, key: str) -> Ruleset:
    """Return one policy alone, switched on."""
    return Ruleset(tuple(replace(policy, enabled=True) for policy in held.policies if policy.key == key))


def switched_on(held: Ruleset, key: str) -> Ruleset:
    """Return all policies, with one of them switched on."""
    return Ruleset(tuple(replace(each, enabled=True) if each.key == key else each for each in held.policies))
