"""Each rule that is read from the sources finds what breaks it, and no other rule minds."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from deskcore.plugin_rules.catalogue import RULES
from deskcore.plugin_rules.inspection import inspect
from deskcore.plugin_rules.reading import source_of
from tests.plugin_rules.conftest import Fleet

ROOT = Path(__file__).parents[2]
OPENING = "deskcore_fleet_desk/__init__.py"
PANELS = "deskcore_fleet_desk/panels.py"
MIGRATION = "deskcore_fleet_desk/migrations/0001_items.py"
CHECKS = "deskcore_fleet_desk/checks.py"
FORM = "deskcore_fleet_desk/catalogue/fleet_request.toml"
POLISH = "deskcore_fleet_desk/translations/pl/LC_MESSAGES/messages.po"
PAGE = "deskcore_fleet_desk/templates/fleet_desk/cars.html"
PACKED = ("setup.cfg", "    py.typed\n", "    py.typed\n    templates/**/*\n    static/**/*\n    cars/*\n")

Break = Callable[[Fleet], None]


def added(path: str, text: str | bytes) -> Break:
    return lambda fleet: fleet.write(path, text)


def changed(path: str, old: str, new: str) -> Break:
    return lambda fleet: fleet.replace(path, old, new)


def packed(path: str, text: str | bytes) -> Break:
    """Add a file that a wheel would hold."""

    def both(fleet: Fleet) -> None:
        fleet.replace(*PACKED)
        fleet.write(path, text)

    return both


def everywhere(old: str, new: str) -> Break:
    """Rename something in every file."""

    def rename(fleet: Fleet) -> None:
        for path in fleet.folder.rglob("*.*"):
            if path.is_file() and old in path.read_text(encoding="utf-8"):
                path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    return rename


BROKEN: list[tuple[str, str, Break]] = [
    ("manifest", "no description", changed("setup.cfg", "description = The desk Fleet", "other = ")),
    ("manifest", "nothing to build it with", lambda fleet: fleet.remove("pyproject.toml")),
    ("manifest", "a silenced rule that is none", added("setup.cfg", "\n[deskcore:check]\nignore =\n    speed: slow\n")),
    ("manifest", "silenced without a reason", added("setup.cfg", "\n[deskcore:check]\nignore =\n    panels:\n")),
    ("names", "a distribution of another name", changed("setup.cfg", "name = deskcore-fleet-desk", "name = cars")),
    ("names", "a blueprint of another name", added(PANELS, "from flask import Blueprint\nP = Blueprint('c', 'x')\n")),
    ("core-range", "no upper end", changed("setup.cfg", "deskcore>=0.1,<0.2", "deskcore>=0.1")),
    ("core-range", "no lower end", changed("setup.cfg", "deskcore>=0.1,<0.2", "deskcore<0.2")),
    ("core-range", "no range", changed("setup.cfg", "deskcore>=0.1,<0.2", "deskcore")),
    ("core-range", "another Deskcore", changed("setup.cfg", "deskcore>=0.1,<0.2", "deskcore>=7,<8")),
    ("readable", "half a module", added("deskcore_fleet_desk/cars.py", "def half(")),
    ("readable", "half a TOML file", packed("deskcore_fleet_desk/cars/car.toml", "a = ")),
    ("facade-only", "the inside of the core", added(PANELS, "from deskcore.hooks import state\n")),
    ("facade-only", "inside a function", added(PANELS, "def late():\n    import deskcore.work\n")),
    ("facade-only", "by its name", added(PANELS, 'import importlib\nX = importlib.import_module("deskcore.work")\n')),
    ("facade-only", "a plugin that is not required", added(PANELS, "import deskcore_it_desk\n")),
    ("declared-imports", "a library of nobody's", added(PANELS, "import pandas\n")),
    ("declared-imports", "a library that is there by chance", added(PANELS, "import pytest\n")),
    ("contents-page", "a function", added(OPENING, "\n\ndef late() -> None:\n    return None\n")),
    ("contents-page", "a screen too many", added(OPENING, "\n" * 200 + "LAST = 1\n")),
    ("hooks-known", "no hook", added(OPENING, "\n@hookimpl\ndef ticket_openned(ticket: object) -> None:\n    pass\n")),
    ("hooks-known", "no argument", added(OPENING, "\n@hookimpl\ndef ticket_opened(car: object) -> None:\n    pass\n")),
    ("hooks-known", "never runs", added(OPENING, "\n@hookimpl\nasync def ticket_opened() -> None:\n    pass\n")),
    ("hooks-known", "not in the opening", added(PANELS, "@hookimpl\ndef ticket_opened() -> None:\n    pass\n")),
    ("module-names", "utils", added("deskcore_fleet_desk/utils.py", '"""Anything."""\n')),
    ("keeps-to-itself", "every page", added(PANELS, "\n@pages.before_app_request\ndef late() -> None:\n    pass\n")),
    ("keeps-to-itself", "every import", added(PANELS, "import sys\nsys.path.append('cars')\n")),
    ("keeps-to-itself", "the environment", added(PANELS, "import os\nos.environ['TZ'] = 'UTC'\n")),
    ("safe-code", "pickles", added(PANELS, "import pickle\n")),
    ("safe-code", "a shell", added(PANELS, "import subprocess\nsubprocess.run('ls', shell=True)\n")),
    ("safe-code", "an exit", added(PANELS, "import os\nos._exit(3)\n")),
    ("waits-end", "no timeout", added(PANELS, "from urllib.request import urlopen\nurlopen('https://a.example')\n")),
    ("no-print", "a print", added(PANELS, "print('here')\n")),
    ("secrets", "in clear", everywhere("keep_days", "sms_token")),
    ("secrets", "in the code", added(PANELS, "API_KEY = 'f3b1c2d4e5'\n")),
    ("access-policy", "SQL as text", added(PANELS, "import sqlalchemy as sa\nQ = sa.text('SELECT * FROM ticket')\n")),
    ("access-policy", "the engine", added(PANELS, "def late(db):\n    return db.engine.connect()\n")),
    ("table-prefix", "a model", changed("deskcore_fleet_desk/models.py", '"fleet_desk_item"', '"cars"')),
    ("table-prefix", "a migration", changed(MIGRATION, '"fleet_desk_item"', '"cars"')),
    ("foreign-tables", "a column", added(MIGRATION, '    op.drop_column("ticket", "subject")\n')),
    ("foreign-tables", "in a batch", added(MIGRATION, '    op.batch_alter_table("person")\n')),
    ("foreign-tables", "by SQL", added(MIGRATION, '    op.execute("UPDATE person SET name = 1")\n')),
    ("migrations", "no way back", changed(MIGRATION, 'op.drop_table("fleet_desk_item")', "pass")),
    ("migrations", "two heads", added(MIGRATION.replace("0001_items", "0002_cars"),
     'revision = "0002_cars"\ndown_revision = None\ndef upgrade():\n    pass\ndef downgrade():\n    go()\n')),
    ("settings-used", "nobody reads it", changed("deskcore_fleet_desk/jobs.py", '"keep_days"', '"keep_" + "days"')),
    ("permissions", "another prefix", everywhere("fleet_desk.manage", "cars.manage")),
    ("permissions", "nobody asks", changed("deskcore_fleet_desk/api.py", 'permission="fleet_desk.manage",', "")),
    ("permissions", "no test", changed("tests/test_items.py", "“fleet_desk.manage”", "something")),
    ("schedules", "never comes", changed(OPENING, "30 3 * * *", "30 3 31 2 *")),
    ("schedules", "four fields", changed(OPENING, "30 3 * * *", "30 3 * *")),
    ("routes", "an access of its own", added(PANELS, "P = PluginBlueprint(pages, 'everybody')\n")),
    ("translations", "one language", changed(FORM, ', pl = "Czego potrzebujesz?"', "")),
    ("translations", "English in Polish", changed(FORM, '"Czego potrzebujesz?"', '"What do you need from the desk?"')),
    ("translations", "not in the catalogue", changed(PANELS, '_("Name")', '_("Plate")')),
    ("translations", "in the code", changed(CHECKS, '_("This item is retired. Name another one.")', '"It is gone."')),
    ("translations", "empty in the catalogue", changed(POLISH, 'msgstr "Nazwa"', 'msgstr ""')),
    ("translations", "another gap", changed(POLISH, "%(count)s znaków", "%(number)s znaków")),
    ("translations", "in the title", changed(OPENING, 'Text("Fleet", "Flota")', 'Text("Fleet", "")')),
    ("translations", "in a page", packed(PAGE, "{% extends 'x' %}\n<p>Choose a car</p>\n")),
    ("template-folder", "another folder", packed("deskcore_fleet_desk/templates/cars.html", "<p>{{ car }}</p>\n")),
    ("safe-pages", "unescaped", packed(PAGE, "{{ car|safe }}\n")),
    ("safe-pages", "an inline style", packed(PAGE, '<p style="color: red">{{ car }}</p>\n')),
    ("safe-pages", "an inline script", packed(PAGE, "<script>go()</script>\n")),
    ("safe-pages", "markup in code", added(PANELS, "from markupsafe import Markup\nX = Markup('<b>')\n")),
    ("static-size", "too much", packed("deskcore_fleet_desk/static/map.svg", os.urandom(21 * 1024))),
    ("package-data", "not in the wheel", added("deskcore_fleet_desk/static/cars.css", "p {}\n")),
    ("package-data", "a migration", changed("setup.cfg", "    migrations/*.py\n", "")),
    ("package-data", "a package", changed("setup.cfg", "include = deskcore_fleet_desk, ", "include = ")),
    ("readme", "none", lambda fleet: fleet.remove("README.md")),
    ("readme", "a section", changed("README.md", "## Data", "## Memories")),
    ("readme", "a setting", changed("README.md", "`keep_days`", "`days`")),
    ("tests", "none", lambda fleet: fleet.replace_tests()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "break_it"), [pytest.param(rule, it, id=f"{rule}: {what}") for rule, what, it in BROKEN]
)
def test_one_broken_thing_is_found_by_its_rule_alone(fleet: Fleet, rule: str, break_it: Break) -> None:
    break_it(fleet)
    found = fleet.read()
    assert {finding.rule for finding in found} == {rule}, "\n".join(map(str, found))
    for finding in found:
        assert finding.plugin == "fleet_desk"
        assert finding.where.partition(":")[0]
        assert finding.message.endswith((".", "?"))


def test_what_the_core_writes_breaks_no_rule(fleet: Fleet) -> None:
    assert fleet.read() == []


def test_every_rule_that_is_read_is_broken_in_here() -> None:
    read = {name for name, rule in RULES.items() if rule.look is not None}
    assert {rule for rule, _, _ in BROKEN} == read


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in ROOT.glob("plugins/*/setup.cfg")), ids=lambda it: it.name
)
def test_the_sources_of_bundled_plugins_break_no_rule(folder: Path) -> None:
    assert Fleet(folder).read() == []


def test_a_broken_manifest_is_a_finding_and_nothing_else_is_looked_at(fleet: Fleet) -> None:
    fleet.replace("setup.cfg", "[options.entry_points]", "[options.nothing]")
    [finding] = fleet.read()
    assert finding.rule == "manifest"
    assert "exactly one entry point" in finding.message


def test_an_optional_batch_of_ones_own_table_is_no_foreign_table(fleet: Fleet) -> None:
    fleet.write(
        MIGRATION, '    with op.batch_alter_table("fleet_desk_item") as table:\n        table.drop_column("name")\n'
    )
    assert fleet.read() == []


def test_nothing_is_imported_to_read_the_sources(fleet: Fleet) -> None:
    fleet.write(OPENING, "raise SystemExit('imported')\n")
    assert {finding.rule for finding in fleet.read()} == {"contents-page"}


def test_a_plugin_may_use_another_that_it_requires(fleet: Fleet) -> None:
    fleet.write(PANELS, "import deskcore_it_desk\n")
    fleet.replace("setup.cfg", "deskcore>=0.1,<0.2", "deskcore>=0.1,<0.2\n    deskcore-it-desk>=0.1")
    assert fleet.read() == []


def test_an_installed_copy_is_not_blamed_for_files_that_are_not_installed(fleet: Fleet) -> None:
    declaration = fleet.source.declaration
    installed = fleet.package.rename(fleet.folder.parent / "deskcore_fleet_desk")
    declaration = replace(declaration, source="installed", path=installed)
    result = inspect(source_of(declaration), trial=False)
    assert result.findings == []
    assert any("readme" in note for note in result.notes)


def test_a_copy_that_is_installed_from_its_folder_is_checked_with_it(fleet: Fleet) -> None:
    fleet.remove("README.md")
    found = inspect(source_of(replace(fleet.source.declaration, source="installed")), trial=False).findings
    assert {finding.rule for finding in found} == {"readme"}
