"""Histories stay apart, rows survive the rebuilding of tables, and a failing migration harms one plugin only."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from deskcore.errors import ConfigurationError
from deskcore.hooks import state
from deskcore.hooks.migrations import Migrations
from deskcore.hooks.sources import find_plugins

from .conftest import DUMMIES, Site

REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

def upgrade():
    {up}

def downgrade():
    pass
"""
CREATE = 'op.create_table("{table}", sa.Column("id", sa.Integer(), primary_key=True))'


def migrating(site: Site, name: str, up: str) -> Migrations:
    """Write a plugin whose only migration does ``up``, switched on."""
    folder = site.plugin(name) / f"deskcore_{name}" / "migrations"
    folder.mkdir()
    folder.joinpath("0001_first.py").write_text(REVISION.format(up=up), encoding="utf-8")
    declarations = site.found(DUMMIES).declarations
    site.write(state.first_sight, declarations, (name, "dummy_all"))
    return Migrations(site.engine, declarations)


@pytest.fixture
def visits(site: Site) -> Migrations:
    """The dummy's tables at their first revision, with a visit and two remarks."""
    declarations = site.found(DUMMIES).declarations
    site.write(state.first_sight, declarations, ("dummy_all",))
    migrations = Migrations(site.engine, declarations)
    assert migrations.upgrade_all() == {"dummy_all": True}
    with state.own_transaction(site.engine) as connection:
        connection.exec_driver_sql("INSERT INTO dummy_all_visit (id, guest) VALUES (1, 'Jan')")
        for number in (1, 2):
            connection.exec_driver_sql(
                f"INSERT INTO dummy_all_remark (id, visit_id, text) VALUES ({number}, 1, 'late')"
            )
    return migrations


def counted(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        tables = [table for table in sa.inspect(connection).get_table_names() if table.startswith("dummy_all_")]
        return {table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() for table in tables}


def tables(engine: Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names())


def test_every_row_is_there_after_up_down_and_up(site: Site, visits: Migrations) -> None:
    full = {"dummy_all_visit": 1, "dummy_all_remark": 2}
    assert counted(site.engine) == full
    visits.downgrade_plugin("dummy_all", "0001_visits")
    assert counted(site.engine) == full
    assert visits.current("dummy_all") == ("0001_visits",)
    assert visits.upgrade_plugin("dummy_all")
    assert counted(site.engine) == full
    assert visits.current("dummy_all") == visits.heads("dummy_all") == ("0002_badges",)


def test_foreign_keys_are_on_again_afterwards(site: Site, visits: Migrations) -> None:
    with state.own_transaction(site.engine) as connection:
        connection.exec_driver_sql("DELETE FROM dummy_all_visit")
    assert counted(site.engine)["dummy_all_remark"] == 0


def test_each_plugin_has_a_version_table_of_its_own(site: Site, visits: Migrations) -> None:
    assert "alembic_version_dummy_all" in tables(site.engine)


def test_the_models_and_the_migrations_say_the_same(site: Site, visits: Migrations) -> None:
    assert site.load_dummies("dummy_all").active("dummy_all")
    assert visits.differences("dummy_all") == []


def test_what_is_in_the_database_is_recorded(site: Site, visits: Migrations) -> None:
    assert site.states()["dummy_all"].schema == {
        "revision": "0002_badges", "files": ["0001_visits.py", "0002_badges.py"],
    }  # fmt: skip
    visits.downgrade_plugin("dummy_all")
    assert site.states()["dummy_all"].schema is None
    assert not counted(site.engine)


@pytest.mark.parametrize(
    "up",
    [
        CREATE.format(table="fleet_car") + "; raise ValueError('half-way')",
        CREATE.format(table="fleet_car") + "; raise SystemExit(3)",
        CREATE.format(table="fleet_car") + "; op.execute('this is no SQL')",
        CREATE.format(table="cars"),
        CREATE.format(table="dummy_all_more"),
        "op.drop_table('plugin_failure')",
        "op.add_column('plugin_failure', sa.Column('mine', sa.Integer()))",
        "op.create_index('fleet_mine', 'plugin_failure', ['count'])",
    ],
)
def test_a_failing_migration_quarantines_its_plugin_and_leaves_no_trace(site: Site, up: str) -> None:
    migrations = migrating(site, "fleet", up)
    before = tables(site.engine)
    assert migrations.upgrade_all() == {"dummy_all": True, "fleet": False}
    left = {table for table in tables(site.engine) if "dummy_all" not in table}
    assert left - {"alembic_version"} == before - {"alembic_version"}
    row = site.states()["fleet"]
    assert row.state == "quarantined"
    assert "could not be brought up to date" in str(row.reason)
    assert migrations.current("fleet") == ()


def test_a_migration_that_would_leave_rows_without_their_parents_is_rolled_back(site: Site, visits: Migrations) -> None:
    if site.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL never lets go of its foreign keys")
    migrations = migrating(site, "fleet", (
        CREATE.format(table="fleet_car") + "; op.execute('CREATE TABLE fleet_key (id INTEGER, car INTEGER "
        "REFERENCES fleet_car (id))'); op.execute('INSERT INTO fleet_key VALUES (1, 99)')"
    ))  # fmt: skip
    assert not migrations.upgrade_plugin("fleet")
    assert "fleet_key" in str(site.states()["fleet"].reason)
    assert "fleet_key" not in tables(site.engine)


def test_a_schema_newer_than_the_code_is_refused_clearly(site: Site, visits: Migrations) -> None:
    with state.own_transaction(site.engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version_dummy_all SET version_num = '0099_future'")
    with pytest.raises(ConfigurationError, match="0099_future, which this version does not know"):
        visits.downgrade_plugin("dummy_all", "0001_visits")
    assert not visits.upgrade_plugin("dummy_all")
    assert "Install that version again" in str(site.states()["dummy_all"].reason)


def test_a_plugin_older_than_its_tables_is_not_imported(site: Site, visits: Migrations) -> None:
    newer = {"revision": "0003", "files": ["0001_visits.py", "0002_badges.py", "0003_future.py"]}
    site.write(state.note_schema, "dummy_all", newer)
    registry = site.load(folders=(DUMMIES,))
    assert "newer version of the plugin" in str(registry.states["dummy_all"].reason)


def test_the_models_and_the_migrations_of_the_core_say_the_same(engine: Engine) -> None:
    for area in ("audit", "people", "desks", "tickets", "events", "hooks"):
        importlib.import_module(f"deskcore.{area}.models")
    migrations = Migrations(engine, find_plugins([DUMMIES, DUMMIES.parents[1] / "plugins"]).declarations)
    migrations.upgrade_core()
    assert migrations.current() == migrations.heads()
    assert migrations.differences() == []


def test_upgrading_twice_changes_nothing(site: Site, visits: Migrations) -> None:
    before = counted(site.engine)
    assert visits.upgrade_all() == {"dummy_all": True}
    assert counted(site.engine) == before


def test_a_database_in_memory_is_refused() -> None:
    engine = sa.create_engine("sqlite://")
    with pytest.raises(ConfigurationError, match="in a file"):
        Migrations(engine).upgrade_core()


def test_alembic_is_imported_on_first_use_only() -> None:
    code = "import sys, deskcore.hooks.loader, deskcore.hooks.migrations; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2]).returncode == 0
