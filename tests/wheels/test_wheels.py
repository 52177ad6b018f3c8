"""Installed as wheels in an empty environment everything works, and however an upgrade ends the core starts.

Folders of plugins would hide what packaging forgot. ``make test-wheels`` does this with every bundled plugin.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from tests.wheels.conftest import BUNDLED, CHOSEN, ROOT, WHOLE, Environment, Wheels, build, needs_of, source_of

#: Starts the application as the server does, and prints where it comes from and what became of the plugin.
START = """
import json, sys
import deskcore
from deskcore.app import create_app
from deskcore.runtime import runtime

app = create_app()
with app.app_context():
    plugins = runtime().plugins
    row = plugins.states.get(sys.argv[1])
    states = row.state if row else "", str(row.reason) if row and row.reason else "", plugins.active(sys.argv[1])
status = app.test_client().get("/login").status_code
print(json.dumps([deskcore.__file__, status, *states]))
"""
#: Opens a ticket with the first form of the plugin that can be filled in without knowing it, or reads it; a plugin
#: without forms has none.
TICKET = """
import json, sys
from sqlalchemy import select
from deskcore.app import create_app
from deskcore.people.services import create_person
from deskcore.runtime import runtime
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as

VALUES = {"text": "A word", "longtext": "Words", "int": 1, "money": "1.00", "date": "2030-01-02", "bool": True,
          "email": "somebody@b.example", "user": "a@b.example", "phone": "100", "url": "https://b.example/"}
app = create_app()
number = None
with app.app_context(), acting_as(SYSTEM) as session:
    if len(sys.argv) == 2:
        types = [it for it in runtime().catalogue.types.values() if it.plugin == sys.argv[1]]
        person = create_person("a@b.example", "A", None)
        for entry in types:
            needed = [field for field in entry.type.fields if field.required and field.show_if is None]
            known = {f.key: f.options[0].value if f.options else VALUES.get(f.type) for f in needed}
            if all(known.values()):
                new = NewTicket(entry.desk.key, entry.type.key, "Wheels", "", person.id, "api", known)
                with acting_as(Viewer(person.id, "portal")):
                    number = open_ticket(new)
                break
    else:
        number = sys.argv[2]
    ticket = session.execute(select(Ticket.number, Ticket.answers, Ticket.extra).where(Ticket.number == number)).first()
print(json.dumps(list(ticket or ("",))))
"""

long = pytest.mark.skipif(not WHOLE, reason="one of the long runs: make test-wheels")


def started(environment: Environment, plugin: str) -> tuple[str, str, bool]:
    """Start the core and return state, reason and whether the plugin is active; the core must start, whatever it is."""
    place, status, state, reason, active = environment.script(START, plugin)
    assert Path(place).is_relative_to(environment.packages)
    assert status == 200
    return state, reason, active


def test_a_wheel_holds_all_that_its_package_holds_and_nothing_beside(wheels: Wheels) -> None:
    for name, wheel in {"deskcore": wheels.core, **wheels.plugins}.items():
        package = "deskcore" if name == "deskcore" else f"deskcore_{name}"
        source = ROOT if name == "deskcore" else ROOT / "plugins" / name
        files = (path for path in (source / package).rglob("*") if path.is_file())
        made = (path for path in files if path.suffix != ".mo" and "__pycache__" not in path.parts)
        wanted = {path.relative_to(source).as_posix() for path in made}
        held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
        assert held == wanted, name


def test_every_bundled_plugin_is_built_by_the_long_run() -> None:
    assert set(CHOSEN) <= set(BUNDLED)
    assert CHOSEN


@pytest.mark.parametrize("plugin", CHOSEN)
def test_from_an_empty_environment_to_an_upgrade_that_is_killed_and_back(
    wheels: Wheels, environment: Environment, plugin: str
) -> None:
    needed = needs_of(plugin)
    environment.install(wheels.core, wheels.plugins[plugin], *(wheels.plugins[name] for name in needed))
    made = environment.run("init", "--admin-email", "admin@b.example")
    assert made.code == 0, made.err
    for name in (*needed, plugin):
        assert environment.run("plugin", "enable", name).code == 0
    assert started(environment, plugin) == ("enabled", "", True)
    ticket = environment.script(TICKET, plugin)

    # Between the installation of the new version and the upgrade of its tables.
    environment.install(wheels.next[plugin])
    state, reason, active = started(environment, plugin)
    assert (state, active) == ("quarantined", False)
    assert "run “deskcore db upgrade”, then restart" in reason
    assert environment.run("plugin", "doctor", plugin).code == 1
    assert environment.script(TICKET, plugin, ticket[0]) == ticket

    # Inside the migration.
    assert environment.run("db", "upgrade", DIE_IN_MIGRATION="1").code == -9
    assert started(environment, plugin)[0] == "quarantined"
    assert environment.run("db", "upgrade").code == 0
    assert started(environment, plugin) == ("enabled", "", True)
    assert environment.run("plugin", "doctor", plugin).code == 0

    # Gone, and back as the old version, on the tables of the new one.
    environment.uninstall(plugin)
    assert started(environment, plugin)[0] == "missing"
    assert environment.run("db", "upgrade").code == 0
    assert environment.script(TICKET, plugin, ticket[0]) == ticket
    environment.install(wheels.plugins[plugin])
    state, reason, active = started(environment, plugin)
    assert (state, active) == ("quarantined", False)
    assert "made by a newer version of the plugin" in reason
    environment.install(wheels.next[plugin])
    assert started(environment, plugin) == ("enabled", "", True)
    assert environment.run("fsck").code == 0

    # Purged without its package.
    environment.uninstall(plugin)
    assert environment.states()[plugin][0] == "missing"
    assert environment.run("plugin", "purge", plugin, "--yes").code == 0
    assert plugin not in environment.states()
    assert environment.script(TICKET, plugin, ticket[0]) == ticket


@long
def test_an_installation_that_was_killed_half_way_starts_and_is_repaired_by_installing_again(
    wheels: Wheels, environment: Environment
) -> None:
    plugin = CHOSEN[0]
    environment.install(wheels.core, wheels.plugins[plugin])
    assert environment.run("init", "--admin-email", "admin@b.example").code == 0
    package = environment.packages / f"deskcore_{plugin}"
    [info] = environment.packages.glob(f"deskcore_{plugin}-*.dist-info")
    # pip writes the package first, then what describes it.
    halves = [package / "__init__.py", info, package, info / "RECORD", info / "entry_points.txt"]
    for half in halves:
        shutil.rmtree(half) if half.is_dir() else half.unlink()
        state, _reason, _active = started(environment, plugin)
        assert state in ("enabled", "incompatible", "missing", "quarantined")
        for left in (package, info):
            shutil.rmtree(left, ignore_errors=True)
        environment.install(wheels.plugins[plugin])
        assert started(environment, plugin) == ("enabled", "", True)


@long
def test_a_wheel_with_files_beside_its_package_is_refused_and_everything_else_runs(
    wheels: Wheels, environment: Environment, tmp_path: Path
) -> None:
    plugin = CHOSEN[0]
    source = source_of(plugin, tmp_path)
    (source / "sqlalchemy_of_ours").mkdir()
    (source / "sqlalchemy_of_ours" / "__init__.py").touch()
    manifest = source / "setup.cfg"
    manifest.write_text(
        manifest.read_text().replace(
            f"include = deskcore_{plugin},", f"include = sqlalchemy_of_ours, deskcore_{plugin},"
        )
    )
    environment.install(wheels.core, build(source, tmp_path))
    assert environment.run("init", "--admin-email", "admin@b.example").code == 0
    state, reason, active = started(environment, plugin)
    assert (state, active) == ("incompatible", False)
    assert "outside its package" in reason
    assert environment.states()[plugin] == (state, reason)
