"""Fill a demo: Meridian's people and rights, then the tickets of each plugin, all in one transaction.

An interrupted seed therefore leaves nothing, and a finished one is marked in the same transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore import audit
from deskcore.clock import now
from deskcore.demo.builder import DemoBuilder
from deskcore.demo.meridian import (
    ADMINISTRATOR,
    OFFICE_HOURS,
    PASSWORD,
    WORKERS,
    WORKERS_ELSEWHERE,
    address,
    employees,
)
from deskcore.desks.catalogue import DeskEntry
from deskcore.desks.models import DeskHours, DeskRow
from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.hooks.errors import describe
from deskcore.hooks.models import PluginSetting
from deskcore.hooks.setting_values import write_setting
from deskcore.people.models import DeskGrant, Person
from deskcore.people.services import department_named, get_person, grant, hash_password, join_team, location_named
from deskcore.runtime import runtime
from deskcore.work import only_its_own, unit_of_work

log = logging.getLogger("deskcore.demo")

#: Under this plugin name and key it is noted what was seeded.
_MARK = ("core", "demo_seeded")


@dataclass
class Seeded:
    """What one run added.

    :param tickets: number of tickets by plugin.
    :param failed: plugins whose demo raised; nothing of theirs was kept.
    """

    people: int = 0
    tickets: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, BaseException] = field(default_factory=dict, repr=False)


def seeded() -> Sequence[str]:
    """Return what is there: ``people`` and the names of plugins; nothing when no seed was ever finished."""
    return _seeded(db.session)


def seed(progress: Callable[[str], None] = lambda what: None) -> Seeded:
    """Add what is not there yet; belongs in the whole application, as the system.

    :param progress: called with what is made next.
    """
    report = Seeded()
    # Outside the transaction: hashing takes long.
    hashed = "" if seeded() else hash_password(PASSWORD)
    with unit_of_work() as session:
        done = list(_seeded(session))
        if "people" not in done:
            progress("people")
            report.people = _add_people(session, hashed)
            done.append("people")
        for desk in runtime().catalogue.desks.values():
            _staff(session, desk)
        if report.people:
            state.raise_epoch(session)  # what desks say of managers is kept in mind
        for plugin in dict.fromkeys(item.plugin for item in runtime().plugins.demos):
            if plugin not in done:
                progress(plugin)
                done += _seed_plugin(session, plugin, report)
        if report.people or report.tickets:
            write_setting(session, *_MARK, done, secret=False)
            after = {"people": report.people, "tickets": report.tickets}
            audit.record(session, "demo.made", audit.Subject("installation", "demo"), after=after)
    for plugin, error in report.errors.items():
        runtime().callers.failed(plugin, "demo", error)
    return report


def _seeded(session: Any) -> list[str]:
    plugin, key = _MARK
    value = session.scalar(select(PluginSetting.value).where(PluginSetting.plugin == plugin, PluginSetting.key == key))
    return list(value or ())


def _add_people(session: Session, hashed: str) -> int:
    ids: dict[str, int] = {}
    for each in employees():
        person = Person(
            email=each.email,
            name=each.name,
            password_hash=hashed,
            job_title=each.title,
            department_id=department_named(each.department).id,
            location_id=location_named(each.location).id,
            manager_id=ids.get(each.manager),
            phone=f"+48 22 555 {1100 + len(ids):04}",
            language=each.language,
            administrator=each.account == ADMINISTRATOR,
        )
        session.add(person)
        session.flush()
        ids[each.account] = person.id
    return len(ids)


def _staff(session: Session, desk: DeskEntry) -> None:
    """Give a desk an agent, a lead and business hours, and let managers ask there, unless somebody works there."""
    if session.scalar(select(DeskGrant.person_id).where(DeskGrant.desk_id == desk.id).limit(1)) is not None:
        return
    agent, lead = (get_person(address(each)) for each in WORKERS.get(desk.key, WORKERS_ELSEWHERE))
    grant(agent, desk.key, "agent")
    grant(lead, desk.key, "lead")
    session.add(DeskHours(desk_id=desk.id, weekly=OFFICE_HOURS, holidays="poland"))
    session.get_one(DeskRow, desk.id).managers_send = not desk.confidential
    lowest = min((team.tier for team in desk.teams), default=1)
    for team in desk.teams:
        join_team(agent if team.tier == lowest else lead, desk.key, team.key)


def _seed_plugin(session: Session, plugin: str, report: Seeded) -> list[str]:
    """Let one plugin add its tickets; whatever it raises undoes only what is its own."""
    builder = DemoBuilder(plugin, now().astimezone(runtime().config.zone).date())
    try:
        with session.begin_nested(), only_its_own(session), runtime().callers.watching(plugin, "demo", locks=False):
            for item in runtime().plugins.demos:
                if item.plugin == plugin:
                    item.value.seed(builder)
            report.tickets[plugin] = builder.finish()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        log.debug("the demo of plugin %s failed", plugin, exc_info=True)
        report.failed[plugin], report.errors[plugin] = describe(error), error
        return []
    return [plugin]
