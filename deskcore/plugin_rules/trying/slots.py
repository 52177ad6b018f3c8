"""What a plugin's panels, columns and actions cost, on tickets of its own and of another desk."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

from flask import g
from sqlalchemy import select

from deskcore.extensions import db
from deskcore.hooks.breaker import HookLimits
from deskcore.hooks.failures import read_failures
from deskcore.plugin_rules.trying.report import Report
from deskcore.runtime import runtime
from deskcore.testing.house import House
from deskcore.testing.people import person_of, viewer_of
from deskcore.testing.sql import guarded, statements
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.tickets.models import Ticket
from deskcore.tickets.snapshots import TicketView, ViewerView
from deskcore.web import bulk_actions, plugin_commands, slots
from deskcore.web.badges import badges
from deskcore.work import acting_as

#: Statements that a panel or a column may run; an action decides by what it is given.
MOST_STATEMENTS = 2
#: Seconds that an installation gives each of them if nothing else is set.
MOST_SECONDS = HookLimits.piece
#: Tries within which one has to keep to its budget: a computer that is busy with something else is no fault.
TRIES = 3
#: Tickets that are looked at, spread over all that there are, those of the demo too.
TICKETS = 12


def measure(house: House, report: Report) -> None:
    """Ask every slot of the plugin as an agent does who opens a ticket or a list."""
    for language in ("en", "pl"):
        with house.app.test_request_context(), acting_as(viewer_of("agent", "workspace")), guarded():
            g.language = language
            person, roles = person_of("agent"), {house.desk_key: "agent"}
            me = ViewerView(person.email, person.name, "workspace", language, roles)
            numbers = db.session.scalars(select(Ticket.number).order_by(Ticket.id)).all()
            views = [ticket_view(find_ticket(number)) for number in numbers[:: len(numbers) // TICKETS + 1]]
            _measure(_Slots(house, report), views, me)


class _Slots:
    """Asks, and reports what was too much, once for each slot."""

    def __init__(self, house: House, report: Report) -> None:
        self.house = house
        self.plugin = house.plugin
        self.report = report
        self.reported: set[str] = set()

    def ask(self, rule: str, slot: str, most: int, call: Callable[[], Any]) -> None:
        """Ask a slot, unless it was reported already."""
        if slot in self.reported:
            return
        with self.report.step(rule, f"its {slot} was asked"):
            seconds, count = 0.0, 0
            for _ in range(TRIES):
                with statements(db.engine) as seen:
                    begun = perf_counter()
                    call()
                    seconds, count = perf_counter() - begun, len([each for each in seen if _is_own(each)])
                row = self._failure(slot)
                slow = seconds > MOST_SECONDS or (row is not None and "Overrun" in str(row["error"]))
                if not slow:
                    break
            else:
                self._found(rule, slot, f"takes {seconds * 1000:.0f} ms, and may take {MOST_SECONDS * 1000:.0f}")
                return
            if row is not None and "Overrun" not in str(row["error"]):
                self.reported.add(slot)
                self.report.failed(rule, f"Its {slot} failed", str(row["error"]), str(row["trace"] or ""))
            elif count > most:
                self._found(rule, slot, f"runs {count} statements, and may run {most}")

    def _found(self, rule: str, slot: str, said: str) -> None:
        self.reported.add(slot)
        self.report.found(rule, "", f"Its {slot} {said}.")

    def _failure(self, slot: str) -> Any:
        # In a context of its own: the transaction around the slots does not see what was noted since it began.
        with self.house.app.app_context():
            rows = [row for row in read_failures(db.session()) if row["plugin"] == self.plugin]
        return next((row for row in rows if row["slot"] == slot), None)


def _measure(asking: _Slots, views: list[TicketView], me: ViewerView) -> None:
    plugins, plugin = runtime().plugins, asking.plugin
    for view in views:
        for panel in (it.value for it in plugins.panels if it.plugin == plugin):
            call: Callable[[], Any] = partial(slots.panel, plugin, panel.key, view, me)
            asking.ask("panels", f"panel {panel.key}", MOST_STATEMENTS, call)
        for action in (it.value for it in plugins.actions if it.plugin == plugin and it.value.applies):
            asking.ask("actions", f"action {action.key}", 0, partial(slots.actions, view))
    numbers = [view.number for view in views]
    for column in (it.value for it in plugins.columns if it.plugin == plugin and numbers):
        call = partial(slots.columns, numbers, {f"{plugin}.{column.key}"})
        asking.ask("columns", f"column {column.key}", MOST_STATEMENTS, call)
    for badge in (it.value for it in plugins.badges if it.plugin == plugin and numbers):
        asking.ask("columns", f"badge {badge.key}", MOST_STATEMENTS, partial(badges, numbers))
    for bulk in (it.value for it in plugins.bulk_actions if it.plugin == plugin):
        call = partial(bulk_actions.choices, f"{plugin}.{bulk.key}", "", me)
        asking.ask("panels", f"bulk action {bulk.key}", MOST_STATEMENTS, call)
    for offer in (it.value for it in plugins.palette_commands if it.plugin == plugin and views):
        call = partial(plugin_commands.palette_commands, views[0], me)
        asking.ask("panels", f"palette {offer.key}", MOST_STATEMENTS, call)
    for tool in (it.value for it in plugins.composer_tools if it.plugin == plugin and views):
        call = partial(plugin_commands.filled_tools, views[0], me)
        asking.ask("panels", f"composer {tool.key}", MOST_STATEMENTS, call)


def _is_own(sql: str) -> bool:
    """Tell whether a statement is the plugin's: the core may note a failure, and look which plugins are on."""
    return not any(table in sql for table in ("plugin_failure", "plugin_state", "system_state"))
