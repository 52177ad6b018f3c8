"""A plugin's tables, moved back and forth with rows in them and in the core's; every row is counted."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from deskcore.extensions import Base, db, engine_options
from deskcore.hooks import state
from deskcore.hooks.declarations import PluginDeclaration
from deskcore.hooks.migrations import Migrations
from deskcore.plugin_rules.trying.filling import fill
from deskcore.plugin_rules.trying.report import Report
from deskcore.testing.house import AUDIT_KEYS, House, make_schema
from deskcore.testing.manifests import gather

#: Tables in which the core itself notes what moved, and the index that keeps itself.
_NOTES = ("alembic_version", "plugin_", "system_state", "audit_", "sqlite_")
Counts = dict[str, int]
Plugins = Mapping[str, PluginDeclaration]


def made(folder: Path, work: Path, report: Report) -> bool:
    """Make the plugin's tables in an empty installation; return whether that worked.

    :raises NoPlugin: when the plugin, or one that it needs, cannot be used.
    """
    links = work / "plugins"
    links.mkdir()
    plugins = gather(folder, links)
    name = next(iter(plugins))
    url = f"sqlite:///{work / 'deskcore.db'}"
    make_schema(url, plugins, tuple(plugins)[1:])
    engine = sa.create_engine(url, **engine_options(url, AUDIT_KEYS))
    try:
        return _upgraded(Migrations(engine, plugins), engine, name, "heads", "Its tables cannot be made", report)
    finally:
        engine.dispose()


def _upgraded(migrations: Migrations, engine: Engine, plugin: str, revision: str, what: str, report: Report) -> bool:
    """Move a plugin's tables up and return whether that worked; the report says why not."""
    if migrations.upgrade_plugin(plugin, revision):
        return True
    with engine.connect() as connection:
        row = state.read_states(connection)[plugin]
    error = row.reason.values.get("error", "") if row.reason is not None else ""
    foreign = "changed tables that do not begin with" in error
    report.failed("foreign-tables" if foreign else "migrations", what, error, row.trace or "")
    return False


def on_sqlite(house: House, plugins: Plugins, report: Report) -> None:
    """Move the tables of the installation that the plugin was tried in."""
    with house.app.app_context():
        db.session.remove()
        engine = db.engine
    _Moves(engine, plugins, house.plugin, report, "SQLite").run()


def on_postgresql(house: House, plugins: Plugins, url: str, report: Report) -> None:
    """Make the core's tables on PostgreSQL, copy the rows of the installation into them, and move the plugin's.

    :param url: address of an empty database.
    """
    make_schema(url, plugins, tuple(name for name in plugins if name != house.plugin))
    engine = sa.create_engine(url, **engine_options(url, AUDIT_KEYS))
    with house.app.app_context():
        _copy(db.engine, engine, house.plugin)
    _Moves(engine, plugins, house.plugin, report, "PostgreSQL").run()
    engine.dispose()


def _copy(source: Engine, target: Engine, plugin: str) -> None:
    """Copy the rows of the core's tables that are empty on the other side."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SAWarning)  # two tables that refer to one another
        tables = [table for table in Base.metadata.sorted_tables if not table.name.startswith((f"{plugin}_", *_NOTES))]
    there = set(sa.inspect(target).get_table_names())
    with source.connect() as reading, target.connect().execution_options(write=True) as writing, writing.begin():
        for table in (each for each in tables if each.name in there):
            stored = [column for column in table.columns if column.computed is None]
            rows = [dict(row) for row in reading.execute(sa.select(*stored)).mappings()]
            if rows and not writing.execute(sa.select(sa.func.count()).select_from(table)).scalar():
                for row in rows:  # one by one, because a row may refer to an earlier one
                    writing.execute(table.insert().values(row))


class _Moves:
    """Moves the tables of one plugin on one database.

    :param database: what it is called, for the report.
    """

    def __init__(self, engine: Engine, plugins: Plugins, plugin: str, report: Report, database: str) -> None:
        self.engine = engine
        self.plugin = plugin
        self.report = report
        self.database = database
        self.migrations = Migrations(engine, plugins)
        self.revisions = _revisions(plugins[plugin])

    def run(self) -> None:
        """Go down to nothing, up step by step with rows in every table, down and up one step, and to nothing again."""
        core = self._counts(own=False)
        ended = self._to_nothing() and self._up_with_rows() and self._back_and_forth() and self._to_nothing()
        if ended and self._up(self.revisions[-1]):
            self._compare(core, self._counts(own=False), "of others")

    def _to_nothing(self) -> bool:
        if not self._down("base"):
            return False
        if left := sorted(self._counts(own=True)):
            self._found(f"the way back leaves {', '.join(left)} behind")
        return not left

    def _up_with_rows(self) -> bool:
        for revision in self.revisions:
            before = self._counts(own=True)
            if not self._up(revision):
                return False
            self._compare(before, self._counts(own=True), f"when it moves up to {revision}")
            for note in fill(self.engine, self.plugin):
                self.report.note(f"{self.database}: {note}")
        return True

    def _back_and_forth(self) -> bool:
        for lower, upper in reversed(list(zip(self.revisions, self.revisions[1:], strict=False))):
            before = self._counts(own=True)
            if not self._down(lower):
                return False
            there = self._counts(own=True)
            kept = {table: count for table, count in before.items() if table in there}
            self._compare(kept, there, f"when it moves back to {lower}")
            if not self._up(upper) or not self._down(lower):
                return False
            self._compare(there, self._counts(own=True), f"when it moves up to {upper} and back")
        return True

    def _up(self, revision: str) -> bool:
        what = f"On {self.database}, the way up to {revision} fails with rows in the tables"
        return _upgraded(self.migrations, self.engine, self.plugin, revision, what, self.report)

    def _down(self, revision: str) -> bool:
        try:
            self.migrations.downgrade_plugin(self.plugin, revision)
        except BaseException as error:
            # BaseException: a migration is a plugin's code, and may call sys.exit().
            to = "nothing" if revision == "base" else revision
            self.report.raised("migrations", f"On {self.database}, the way back to {to} fails", error)
            return False
        return True

    def _compare(self, before: Counts, after: Counts, what: str) -> None:
        lost = {table: count - after.get(table, 0) for table, count in before.items() if after.get(table, 0) < count}
        for table, count in sorted(lost.items()):
            self._found(f"{count} rows of {table} are lost {what}")

    def _found(self, said: str) -> None:
        self.report.found("migrations", "", f"On {self.database}, {said}.")

    def _counts(self, *, own: bool) -> Counts:
        names = sa.inspect(self.engine).get_table_names()
        mine = [name for name in names if name.startswith(f"{self.plugin}_") == own and not name.startswith(_NOTES)]
        return _counted(self.engine, mine)


def _counted(engine: Engine, names: list[str]) -> Counts:
    counts = {name: sa.select(sa.func.count()).select_from(sa.table(name)) for name in names}
    with engine.connect() as connection:
        return {name: connection.execute(count).scalar_one() for name, count in counts.items()}


def _revisions(declaration: PluginDeclaration) -> list[str]:
    """Return a plugin's revisions, the first one first."""
    from alembic.script import ScriptDirectory

    folder = str(declaration.migrations)
    script = ScriptDirectory(folder, version_locations=[folder])
    return [revision.revision for revision in reversed(list(script.walk_revisions()))]
