"""A trial shows what sources cannot: slow panels, lost rows, leaks; and a plugin that ends its process is a finding."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from conftest import POSTGRES
from deskcore.plugin_rules.catalogue import RULES
from deskcore.plugin_rules.inspection import inspect
from deskcore.plugin_rules.reading import source_in
from deskcore.plugin_rules.trial import Trial, reachable_postgresql, try_out
from tests.plugin_rules.conftest import Fleet

ROOT = Path(__file__).parents[2]
OPENING = "deskcore_fleet_desk/__init__.py"
PANELS = "deskcore_fleet_desk/panels.py"
MIGRATION = "deskcore_fleet_desk/migrations/0001_items.py"
SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "0002_cars"
down_revision = "0001_items"

def upgrade():
    {up}

def downgrade():
    {down}
"""
FAULTS = """
import os
import socket
import threading

import sqlalchemy as sa
from flask import Blueprint

from deskcore.plugin import ListColumn, PanelRow, PluginBlueprint, TicketAction, TicketPanel, Text, session
from deskcore_fleet_desk.models import Item

os.environ.setdefault("FLEET", "here")
pages = Blueprint("fleet_desk", __name__)


def asks(times):
    return [list(session().scalars(sa.select(Item))) for _ in range(times)]


@pages.get("/broken")
def broken():
    raise ValueError("broken on purpose")


@pages.get("/bare")
def bare():
    return "<html lang='en'><body><p>Every car is out</p><input name='plate'></body></html>"


@pages.get("/leak")
def leak():
    return str(session().connection().exec_driver_sql("SELECT subject FROM ticket").all())


BLUEPRINTS = [PluginBlueprint(pages, "portal")]
PANELS = [
    TicketPanel("fleet_greedy", Text("A", "A"), lambda ticket, viewer: asks(3) and []),
    TicketPanel("fleet_slow", Text("B", "B"), lambda ticket, viewer: threading.Event().wait(0.4) or []),
    TicketPanel("fleet_raises", Text("C", "C"), lambda ticket, viewer: 1 / 0),
]
ACTIONS = [
    TicketAction("fleet_asks", Text("D", "D"), lambda *_: "", applies=lambda ticket: bool(asks(1))),
    TicketAction("fleet_hungry", Text("E", "E"), lambda *_: "", applies=lambda ticket: bytearray(64 * 1024**3)),
]
COLUMNS = [
    ListColumn("fleet_rows", Text("F", "F"), lambda numbers: {each: str(asks(3)) for each in numbers}),
    ListColumn("fleet_calls", Text("G", "G"), lambda numbers: socket.create_connection(("192.0.2.1", 80), 5)),
]
"""
HOOKS = """
from deskcore_fleet_desk import faults


@hookimpl
def register_ticket_panels():
    return faults.PANELS


@hookimpl
def register_ticket_actions():
    return faults.ACTIONS


@hookimpl
def register_list_columns():
    return faults.COLUMNS


@hookimpl
def register_blueprints():
    return faults.BLUEPRINTS


@hookimpl
def ticket_opened(event, ticket):
    raise ValueError("deaf on purpose")
"""
CAR = """

class Car(Base):
    \"\"\"A car that somebody asked for.\"\"\"

    __tablename__ = "fleet_desk_car"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    plate: Mapped[str]
"""
CREATE_CAR = """op.create_table(
        "fleet_desk_car",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name=op.f("fk_fleet_desk_car_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fleet_desk_car")),
    )"""

needs_postgresql = pytest.mark.skipif(
    not reachable_postgresql(POSTGRES) and os.environ.get("CI") != "true", reason="PostgreSQL does not answer"
)


def said(trial: Trial) -> dict[str, str]:
    """Return everything that was seen, by rule."""
    return {rule: "\n".join(f"{spot.where} {spot.message}" for spot in spots) for rule, spots in trial.spots.items()}


@pytest.fixture(scope="module")
def faulty(_base: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Try a plugin with every fault that does not end its process."""
    fleet = Fleet(Path(shutil.copytree(_base, tmp_path_factory.mktemp("faulty") / "fleet_desk")))
    fleet.write("deskcore_fleet_desk/faults.py", FAULTS)
    opening = (fleet.folder / OPENING).read_text(encoding="utf-8")
    start = opening.index("@hookimpl\ndef register_ticket_panels")
    end = opening.index("@hookimpl", start + 1)
    fleet.replace(OPENING, opening[start:end], "")
    fleet.replace(OPENING, ", default=365", "")
    fleet.write(OPENING, HOOKS)
    fleet.replace(
        "deskcore_fleet_desk/models.py", "from sqlalchemy import String", "from sqlalchemy import ForeignKey, String"
    )
    fleet.write("deskcore_fleet_desk/models.py", CAR)
    cars = SECOND.format(up=CREATE_CAR, down='op.drop_table("fleet_desk_car")')
    fleet.write("deskcore_fleet_desk/migrations/0002_cars.py", cars)
    return said(try_out(fleet.source))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("panels", "panel fleet_greedy runs 3 statements, and may run 2"),
        ("panels", "panel fleet_slow takes"),
        ("panels", "panel fleet_raises failed: ZeroDivisionError"),
        ("actions", "action fleet_hungry failed: MemoryError"),
        ("columns", "a trial has no network, and this calls 192.0.2.1"),
        ("columns", "column fleet_rows runs"),
        ("actions", "action fleet_asks runs 1 statements, and may run 0"),
        ("routes", "/x/fleet_desk/broken, as"),
        ("accessible-pages", "GET /x/fleet_desk/bare: "),
        ("translations", "“Every car is out” is not translated"),
        ("access-policy", "went around the access policy"),
        ("setting-defaults", "“keep_days” has no default"),
        ("works", "ticket_opened failed"),
        ("works", "The job “fleet_desk_tidy” failed"),
        ("keeps-to-itself", "os.environ"),
        ("cascade", "fleet_desk_car.ticket keeps rows of “ticket” from being deleted"),
        ("ticket-scoped", "Car belongs to tickets"),
        ("models-match", "add column fleet_desk_car.plate"),
    ],
)
def test_a_fault_is_named_where_it_shows(faulty: dict[str, str], rule: str, words: str) -> None:
    assert words in faulty.get(rule, ""), faulty


def test_no_other_rule_minds_the_faults(faulty: dict[str, str]) -> None:
    others = {"loads", "migrations", "foreign-tables"}
    assert set(faulty) == {rule.name for rule in RULES.values() if rule.tried} - others


def test_a_place_in_the_plugin_is_named(faulty: dict[str, str]) -> None:
    assert "deskcore_fleet_desk/faults.py:" in faulty["panels"]


@needs_postgresql
def test_what_the_core_writes_passes_a_trial_on_both_databases(fleet: Fleet) -> None:
    result = inspect(fleet.source, postgresql=POSTGRES)
    assert (result.findings, result.notes) == ([], [])


BUNDLED = sorted(path.parent for path in ROOT.glob("plugins/*/setup.cfg"))
#: One of them in the usual run, with tables of its own; all of them with ``make test-wheels``.
TRIED = BUNDLED if os.environ.get("WHEELS") == "all" else [it for it in BUNDLED if it.name == "approvals"]


@pytest.mark.parametrize("folder", TRIED, ids=lambda it: it.name)
def test_bundled_plugins_pass_a_trial(folder: Path) -> None:
    postgresql = POSTGRES if reachable_postgresql(POSTGRES) else ""
    assert inspect(source_in(folder), postgresql=postgresql).findings == []


@needs_postgresql
def test_a_migration_that_fails_with_rows_is_named_on_both_databases(fleet: Fleet) -> None:
    added = 'op.add_column("fleet_desk_item", sa.Column("plate", sa.String(), nullable=False))'
    dropped = 'op.drop_column("fleet_desk_item", "plate")'
    fleet.write("deskcore_fleet_desk/migrations/0002_cars.py", SECOND.format(up=added, down=dropped))
    fleet.replace("deskcore_fleet_desk/models.py", "    retired_at:", "    plate: Mapped[str]\n    retired_at:")
    shown = said(try_out(fleet.source, POSTGRES))
    assert set(shown) == {"migrations"}, shown
    assert "On SQLite, the way up to 0002_cars fails with rows in the tables" in shown["migrations"]
    assert "On PostgreSQL, the way up to 0002_cars fails with rows in the tables" in shown["migrations"]


def test_rows_that_a_migration_loses_are_counted_its_own_and_others(fleet: Fleet) -> None:
    lost = SECOND.format(up='op.execute("DELETE FROM fleet_desk_item")', down="op.get_bind()")
    fleet.write("deskcore_fleet_desk/migrations/0002_cars.py", lost)
    fleet.replace(MIGRATION, 'op.drop_table("fleet_desk_item")', """op.drop_table("fleet_desk_item")
    op.get_bind().exec_driver_sql("DELETE FROM ticket_participant")""")  # fmt: skip
    shown = said(try_out(fleet.source))
    assert set(shown) == {"migrations"}, shown
    assert "2 rows of fleet_desk_item are lost when it moves up to 0002_cars" in shown["migrations"]
    assert "rows of ticket_participant are lost of others" in shown["migrations"]


def test_a_table_of_others_that_a_migration_makes_is_named(fleet: Fleet) -> None:
    fleet.write(MIGRATION, "    pass\n")
    fleet.replace(
        MIGRATION,
        "    op.create_table(",
        '    getattr(op, "execute")("CREATE TABLE cars (id INTEGER)")\n    op.create_table(',
    )
    assert set(said(try_out(fleet.source))) == {"foreign-tables"}


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("__import__('os')._exit(3)", "ended the process with exit code 3 while its panel fleet_desk_item was asked"),
        ("__import__('ctypes').string_at(0)", "ended the process (SIGSEGV) while its panel"),
    ],
    ids=["exits", "crashes"],
)
def test_a_panel_that_ends_the_process_is_a_finding(fleet: Fleet, does: str, words: str) -> None:
    fleet.replace(PANELS, "    code = ", f"    {does}\n    code = ")
    shown = said(try_out(fleet.source))
    assert set(shown) == {"panels"}
    assert words in shown["panels"]


def test_a_plugin_that_hangs_is_a_finding(fleet: Fleet) -> None:
    fleet.replace(MIGRATION, "    op.create_table(", "    __import__('threading').Event().wait()\n    op.create_table(")
    assert "It did not end within 6 seconds" in said(try_out(fleet.source, seconds=6))["migrations"]


def test_a_plugin_that_exits_while_it_is_imported_is_a_finding_whatever_is_asked(fleet: Fleet) -> None:
    fleet.write(OPENING, "raise SystemExit(3)\n")
    [finding] = inspect(fleet.source, ["panels"]).findings
    assert finding.rule == "loads"
    assert "SystemExit" in finding.message


def test_the_misbehaving_dummy_is_named(tmp_path: Path) -> None:
    dummy = Fleet(Path(shutil.copytree(ROOT / "tests/plugins/dummy_bad", tmp_path / "dummy_bad")))
    dummy.write("deskcore_dummy_bad/behaviour.py", '\nMODE = "raise"\n')
    rules = {finding.rule for finding in inspect(dummy.source).findings}
    assert {"manifest", "contents-page", "readme", "tests", "loads"} <= rules
