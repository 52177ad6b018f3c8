"""``python -m benchmarks.hooks``: what plugins cost: a call of a hook, a start, and panels beside a ticket.

Each figure is the least of several, and is shown as a ratio to the same without plugins, as a machine that does
something else besides only makes things slower.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from types import MappingProxyType, SimpleNamespace
from typing import Any

import sqlalchemy as sa
from flask import Flask

from deskcore.app import create_app
from deskcore.config import load_config
from deskcore.desks.catalogue import Catalogue
from deskcore.extensions import db, engine_options
from deskcore.hooks.callers import Callers
from deskcore.hooks.contributed import Contributed
from deskcore.hooks.contributions import PanelRow, Text
from deskcore.hooks.markers import hookimpl
from deskcore.hooks.migrations import Migrations
from deskcore.hooks.page_parts import TicketPanel
from deskcore.hooks.registry import Registry, new_manager
from deskcore.hooks.state import StateRow
from deskcore.people.services import create_person, grant
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as

PASSWORD = "bench-password"
AGENT = "agent@bench.example"
#: Plugins of a large installation, and panels of a full ticket page.
PLUGINS, PANELS = 30, 10
#: What may be asked of the machine: an empty hook against a plain call, and milliseconds that the plugins add.
EMPTY_AT_MOST, START_AT_MOST = 5.0, 300.0
#: How often each figure is taken.
TRIES = 7

MANIFEST = """[metadata]
name = deskcore-{name}
version = 1.0
description = A plugin of the benchmark.

[options]
install_requires = deskcore>=0.1,<0.2

[options.entry_points]
deskcore.plugins =
    {name} = deskcore_{name}
"""
PACKAGE = """from deskcore.plugin import *

@hookimpl
def register_desks():
    return [Desk("{name}", "{prefix}", Text("Desk", "Dział"), teams=(Team("l1", Text("Team", "Zespół")),))]

@hookimpl
def register_request_types():
    field = Field("what", "text", Text("What?", "Co?"), required=True)
    return [RequestType("{name}_need", "{name}", Text("Need", "Potrzeba"), Text("Ask.", "Zapytaj."), fields=(field,))]

@hookimpl
def register_settings():
    return [Setting("limit", Text("Limit", "Limit"), "int", 5)]

@hookimpl
def register_ticket_panels():
    return [TicketPanel("{name}_panel", Text("Panel", "Panel"), lambda ticket, viewer: [PanelRow("A row")])]

@hookimpl
def validate_ticket(draft):
    return None
"""


def main() -> None:
    """Measure and print."""
    if len(sys.argv) == 3:
        sys.stdout.write(str(_seconds_to_start(Path(sys.argv[1]), int(sys.argv[2]))))
        return
    print("A call, against a plain function call through a list:\n")
    plain = _least(_plain_calls(1), 200_000)
    print(f"| caller | nobody | 1 plugin | {PANELS} plugins |\n|---|---|---|---|")
    for name, measured in _callers(plain):
        print(f"| {name} | " + " | ".join(f"{ratio:,.1f}" for ratio in measured) + " |")
    with tempfile.TemporaryDirectory(prefix="deskcore-bench-") as folder:
        place = Path(folder)
        _write_plugins(place)
        print("\nA start, and a ticket page:\n")
        without, with_all = _starts(place)
        added = 1000 * (with_all - without)
        print(f"- {PLUGINS} plugins: {with_all / without:.2f} × a start without; they add {added:.0f} ms "
              f"(at most {START_AT_MOST:.0f})")  # fmt: skip
        bare, full = _pages(place)
        print(f"- {PANELS} panels: {full / bare:.2f} × the page without; they add {1000 * (full - bare):.1f} ms")


def _least(work: Callable[[], object], times: int) -> float:
    """Return the seconds of one piece of work: the least of several tries, short ones where one may be disturbed."""
    tries, short = [], times > 1000
    times = times // 10 if short else times
    for _ in range(10 * TRIES if short else TRIES):
        began = perf_counter()
        for _ in range(times):
            work()
        tries.append((perf_counter() - began) / times)
    return min(tries)


def _plain_calls(count: int) -> Callable[[], object]:
    functions = [lambda draft: None for _ in range(count)]

    def call() -> None:
        for function in functions:
            function(None)

    return call


def _callers(plain: float) -> Iterator[tuple[str, list[float]]]:
    """Yield each caller with its ratios for nobody, one and many."""
    counts = (0, 1, PANELS)
    kinds: dict[str, Callable[[Callers, int], Callable[[], object]]] = {
        "`check`": lambda callers, count: lambda: callers.check("validate_ticket", draft=None),
        "`first`": lambda callers, count: lambda: callers.first("choose_assignee", ticket=None),
        "`notify`": lambda callers, count: lambda: _notified(callers, count),
        "`ask` (a panel)": lambda callers, count: lambda: _asked(callers, count),
    }
    for name, prepared in kinds.items():
        ratios = []
        for count in counts:
            callers = Callers(_registry(count).as_it_is)
            if name.startswith("`ask`") and not count:
                ratios.append(0.0)  # who adds nothing is not asked
                continue
            ratios.append(_least(prepared(callers, count), 1000 if count else 100_000) / plain)
        yield name, ratios
    print(f"\n(an empty hook may cost {EMPTY_AT_MOST:.0f}; whoever is asked works in a thread with a deadline)")


def _notified(callers: Callers, count: int) -> None:
    for name in [f"p{index}" for index in range(count)] or ("p0",):
        callers.notify(name, "ticket_opened", event=None, ticket=None)


def _asked(callers: Callers, count: int) -> None:
    for index in range(count):
        callers.ask(f"p{index}", "panel", lambda: None, 1.0)


class _Quiet:
    """A plugin that has nothing to say."""

    @hookimpl
    def validate_ticket(self, draft: Any) -> None:
        """Find no problem."""

    @hookimpl
    def choose_assignee(self, ticket: Any) -> None:
        """Have no opinion."""

    @hookimpl
    def ticket_opened(self, event: Any, ticket: Any) -> None:
        """Do nothing."""


def _registry(count: int) -> Any:
    """Return a registry in which so many plugins are on."""
    manager, names = new_manager(), [f"p{index}" for index in range(count)]
    for name in names:
        manager.register(_Quiet(), name)
    states = {name: StateRow(name, True, "enabled") for name in names}
    registry = Registry(states=states, manager=manager, loaded=frozenset(names))
    return SimpleNamespace(as_it_is=lambda: registry)


def _write_plugins(folder: Path) -> None:
    for index in range(PLUGINS):
        name = f"bench_{index}"
        package = folder / "plugins" / name / f"deskcore_{name}"
        package.mkdir(parents=True)
        package.parent.joinpath("setup.cfg").write_text(MANIFEST.format(name=name), encoding="utf-8")
        prefix = f"B{chr(65 + index // 26)}{chr(65 + index % 26)}"
        package.joinpath("__init__.py").write_text(PACKAGE.format(name=name, prefix=prefix), encoding="utf-8")


def _application(folder: Path, enabled: int, name: str) -> tuple[Flask, float]:
    """Build an application, and return it with the seconds that it took."""
    given = {
        "instance": folder / name, "database_url": f"sqlite:///{folder / name}.db", "worker_threads": 0,
        "plugin_folders": (str(folder / "plugins"),) if enabled else (),
        "enabled_plugins": tuple(f"bench_{index}" for index in range(enabled)), "sign_in_attempts": 10**6,
    }  # fmt: skip
    (folder / name).mkdir(exist_ok=True)
    engine = sa.create_engine(str(given["database_url"]), **engine_options("sqlite", load_config(given).audit_keys))
    Migrations(engine).upgrade_core()
    engine.dispose()
    began = perf_counter()
    app = create_app(given)
    seconds = perf_counter() - began
    app.config["WTF_CSRF_ENABLED"] = False
    return app, seconds


def _seconds_to_start(folder: Path, enabled: int) -> float:
    return _application(folder, enabled, f"start-{enabled}")[1]


def _starts(folder: Path) -> tuple[float, float]:
    """Return the seconds of a start without and with all plugins, each in a process of its own."""

    def seconds(enabled: int) -> float:
        command = [sys.executable, "-m", "benchmarks.hooks", str(folder), str(enabled)]
        return min(float(subprocess.check_output(command, text=True)) for _ in range(TRIES))

    return seconds(0), seconds(PLUGINS)


def _pages(folder: Path) -> tuple[float, float]:
    """Return the seconds of a ticket page without and with panels."""
    app, _ = _application(folder, 1, "pages")
    parts = app.extensions["deskcore"]
    with app.app_context(), acting_as(SYSTEM):
        agent = create_person(AGENT, "Agent", PASSWORD)
        grant(agent, "bench_0", "agent")
        desk: Catalogue = parts.catalogue
        with acting_as(Viewer(agent.id, "workspace", {desk.desks["bench_0"].id: "agent"})):
            new = NewTicket("bench_0", "bench_0_need", "A ticket", "It is.", agent.id, "portal", {"what": "it"})
            number = open_ticket(new)
    browser = app.test_client()
    browser.post("/login", data={"email": AGENT, "password": PASSWORD})

    def page() -> None:
        answer = browser.get(f"/agent/tickets/{number}")
        assert answer.status_code == 200, answer.status

    found = []
    for count in (0, PANELS):
        panels = tuple(
            Contributed("bench_0", TicketPanel(f"p{index}", Text("Panel", "Panel"), lambda *_: [PanelRow("A row")]))
            for index in range(count)
        )
        contributed = dict(parts.plugins.contributed) | {"register_ticket_panels": panels}
        parts.plugins = replace(parts.plugins, contributed=MappingProxyType(contributed))
        page()
        found.append(_least(page, 20))
    with app.app_context():
        db.engine.dispose()
    return found[0], found[1]


if __name__ == "__main__":
    main()
