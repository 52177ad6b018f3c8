"""Histories of the tables: one for the core and one for each plugin, driven by Alembic and kept apart.

On SQLite a migration runs on a connection of its own with foreign keys off: with them on, rebuilding a table
deletes the rows of all that refer to it. Before the commit every foreign key is checked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

import deskcore
from deskcore.errors import ConfigurationError, NotFound
from deskcore.extensions import take_time
from deskcore.hooks import state, tables
from deskcore.hooks.changes import recorded_move
from deskcore.hooks.declarations import PluginDeclaration
from deskcore.hooks.errors import describe, trace_of
from deskcore.hooks.resolution import load_order
from deskcore.hooks.sentences import sentence

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, RevisionStep
    from alembic.script import ScriptDirectory

log = logging.getLogger("deskcore.hooks")

#: Number under which PostgreSQL lets only one process migrate at a time.
_LOCK = 0x6465736B


class MigrationFailed(Exception):
    """A migration did something it may not; everything it did is rolled back."""


class Migrations:
    """Moves the schema of one database forward and back.

    :param declarations: the plugins that are there, by name.
    """

    def __init__(self, engine: Engine, declarations: Mapping[str, PluginDeclaration] | None = None) -> None:
        self._engine = engine
        self._declarations = dict(declarations or {})

    def upgrade_core(self) -> None:
        """Bring the core's tables up to date.

        :raises ConfigurationError: the database was made by a newer version.
        """
        self._move(None, "heads")

    def upgrade_plugin(self, name: str, to: str = "heads") -> bool:
        """Bring one plugin's tables up to the revision ``to``; a failure quarantines it and changes nothing else.

        :returns: whether it succeeded.
        """
        try:
            self._move(name, to)
        except BaseException as error:
            # BaseException: a migration is a plugin's code, and sys.exit() in it must not end the others'.
            log.error("the migration of plugin %s failed: %s", name, describe(error))
            reason = sentence("Its tables could not be brought up to date (%(error)s).", error=describe(error))
            with state.own_transaction(self._engine) as connection:
                state.mark_quarantined(connection, name, reason, trace_of(error))
            return False
        return True

    def upgrade_all(self, names: Iterable[str] | None = None) -> dict[str, bool]:
        """Bring the core up to date, then the plugins, those that others need first.

        :param names: the plugins; left out, those that are switched on.
        :returns: for each plugin whether it succeeded.
        :raises ConfigurationError: the database was made by a newer version of the core.
        """
        self.upgrade_core()
        with self._engine.connect() as connection:
            rows = state.read_states(connection)
        chosen = set(names) if names is not None else {name for name, row in rows.items() if row.wanted}
        sound = {name: it for name, it in self._declarations.items() if it.problem is None}
        return {name: self.upgrade_plugin(name) for name in load_order(sound) if name in chosen}

    def downgrade_plugin(self, name: str, to: str = "base") -> None:
        """Take one plugin's tables back to the revision ``to``; what they lose is lost.

        :raises Exception: whatever the migration raises; nothing is changed then.
        """
        self._move(name, to, down=True)

    def remove_plugin(
        self, name: str, others: Iterable[str], first: Callable[[Connection], None], then: Callable[[Connection], None]
    ) -> None:
        """Take one plugin's tables away, in one transaction with what is done ``first`` and ``then``: all, or nothing.

        Its migrations go back to the beginning; what they leave is dropped, and all of it where the package is gone.

        :param others: every plugin that may have tables beside those that are there.
        :raises Exception: whatever a migration, or one of the two, raises; nothing is changed then.
        """
        others = {*others, *self._declarations, name}
        declared = self._declarations.get(name)
        with _migrating(self._engine) as connection:
            first(connection)
            with self._within_its_tables(connection, name, others), _recorded(connection, name):
                script = self._script(name) if declared is not None and declared.problem is None else None
                if script is not None:
                    self._refuse_newer(connection, script, name)
                    _run(connection, script, name, "base", down=True)
                tables.drop(connection, tables.of_plugin(connection, name, others))
            then(connection)

    def current(self, name: str | None = None) -> tuple[str, ...]:
        """Return the revisions that the database holds of the plugin ``name``, or of the core."""
        with self._engine.connect() as connection:
            return _context(connection, name).get_current_heads()

    def heads(self, name: str | None = None) -> tuple[str, ...]:
        """Return the latest revisions that the code of the plugin ``name``, or of the core, has."""
        script = self._script(name)
        return tuple(script.get_heads()) if script else ()

    def differences(self, name: str | None = None) -> list[Any]:
        """Return what Alembic finds to differ between models and tables of ``name``, or of the core."""
        from alembic.autogenerate import compare_metadata

        with self._engine.connect() as connection:
            return list(compare_metadata(self._comparing(connection, name), _models()))

    def _move(self, name: str | None, to: str, *, down: bool = False) -> None:
        script = self._script(name)
        if script is None:
            return
        with _migrating(self._engine) as connection:
            # The core moves the rows of its own tables, whoever may see them.
            connection.execution_options(migrating=name is None)
            self._refuse_newer(connection, script, name)
            with self._within_its_tables(connection, name), _recorded(connection, name):
                _run(connection, script, name, to, down=down)
            if name is not None:
                self._note(connection, script, name)

    def _script(self, name: str | None) -> ScriptDirectory | None:
        """Return the revision files of ``name``; they lie in the folder itself, without an ``env.py``."""
        from alembic.script import ScriptDirectory

        folder = Path(deskcore.__file__).parent / "migrations" if name is None else self._declared(name).migrations
        return ScriptDirectory(str(folder), version_locations=[str(folder)]) if folder else None

    def _declared(self, name: str) -> PluginDeclaration:
        if name not in self._declarations:
            raise NotFound(str(sentence("There is no plugin “%(name)s”.", name=name)))
        return self._declarations[name]

    def _refuse_newer(self, connection: Connection, script: ScriptDirectory, name: str | None) -> None:
        known = {revision.revision for revision in script.walk_revisions()}
        unknown = set(_context(connection, name).get_current_heads()) - known
        if unknown:
            raise ConfigurationError(str(sentence(
                "The tables of “%(owner)s” are at revision %(revision)s, which this version does not know: a newer one "
                "made them. Install that version again, or restore a backup.",
                owner=name or "deskcore", revision=", ".join(sorted(unknown)),
            )))  # fmt: skip

    @contextmanager
    def _within_its_tables(
        self, connection: Connection, name: str | None, plugins: Iterable[str] = ()
    ) -> Iterator[None]:
        """Refuse what the block does to tables of others; the core may change its own."""
        plugins = {*self._declarations, *plugins}
        before = tables.of_others(connection, name, plugins) if name is not None else None
        yield
        if name is not None and before != tables.of_others(connection, name, plugins):
            raise MigrationFailed(f"it changed tables that do not begin with {name}_")

    def _note(self, connection: Connection, script: ScriptDirectory, name: str) -> None:
        heads = _context(connection, name).get_current_heads()
        done = script.iterate_revisions(heads, "base") if heads else ()
        files = sorted(Path(revision.path).name for revision in done)
        state.note_schema(connection, name, {"revision": ", ".join(sorted(heads)), "files": files} if heads else None)

    def _comparing(self, connection: Connection, name: str | None) -> MigrationContext:
        virtual = tables.virtual(connection)

        def ours(found: str | None, kind: str, parents: Mapping[Any, Any]) -> bool:
            if kind != "table":
                return True
            mine = found not in virtual and tables.owns(name, found or "", self._declarations)
            return mine and not (found or "").startswith("alembic_version")

        def ours_too(item: Any, found: str | None, kind: str, reflected: bool, other: Any) -> bool:
            return kind != "table" or tables.owns(name, found or "", self._declarations)

        return _context(connection, name, include_name=ours, include_object=ours_too, compare_type=True)


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """Open the connection and the transaction of a migration; nobody else migrates meanwhile."""
    if engine.dialect.name != "sqlite":
        with engine.connect() as connection, connection.begin():
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            take_time(connection)
            yield connection
        return
    if not engine.url.database or engine.url.database == ":memory:":
        raise ConfigurationError(str(sentence("Migrations need a database in a file; set database_url to one.")))
    options = dict(engine.get_execution_options())
    own = sa.create_engine(engine.url, poolclass=NullPool, connect_args={"timeout": 30}, execution_options=options)
    with own.connect().execution_options(write=True) as connection:
        # Before BEGIN, on the driver's own connection: inside a transaction this pragma does nothing.
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            yield connection
            _check_foreign_keys(connection)


def _recorded(connection: Connection, name: str | None) -> AbstractContextManager[None]:
    def revision() -> str:
        return ", ".join(sorted(_context(connection, name).get_current_heads()))

    return recorded_move(connection, name, revision)


def _check_foreign_keys(connection: Connection) -> None:
    broken = sorted({str(row[0]) for row in connection.exec_driver_sql("PRAGMA foreign_key_check")})
    if broken:
        raise MigrationFailed(f"rows of {', '.join(broken)} would refer to rows that do not exist")


def _run(connection: Connection, script: ScriptDirectory, name: str | None, to: str, *, down: bool) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    def steps(current: Any, context: MigrationContext) -> list[RevisionStep]:
        return script._downgrade_revs(to, current) if down else script._upgrade_revs(to, current)

    fn: Callable[[Any, MigrationContext], list[RevisionStep]] = steps
    with EnvironmentContext(Config(), script, fn=fn, destination_rev=to) as environment:
        environment.configure(
            connection, version_table=tables.version_table(name), transactional_ddl=True, render_as_batch=True,
            target_metadata=_models(),
        )  # fmt: skip
        environment.run_migrations()


def _context(connection: Connection, name: str | None, **options: Any) -> MigrationContext:
    from alembic.runtime.migration import MigrationContext

    # Indexes of full text and the like are made by SQL, and are no part of the models.
    return MigrationContext.configure(
        connection, opts={"version_table": tables.version_table(name), "target_metadata": _models(), **options}
    )


def _models() -> sa.MetaData:
    from deskcore.extensions import Base

    return Base.metadata
