"""Nothing administrative changes without an entry that explains it.

Random operations run through the services; after each one every changed row of the administrative tables must be
explained by a new entry. ``make test-audit`` runs 10,000 of them. Another test takes each action's entries away in
turn, so that a ``record()`` that is lost, or was never written, cannot stay unnoticed.
"""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

import deskcore
from conftest import AUDIT_KEYS, _settings
from deskcore import audit
from deskcore.app import create_app
from deskcore.extensions import Base, db, engine_options
from deskcore.hooks import state
from deskcore.hooks.migrations import Migrations
from deskcore.hooks.resolution import State, Verdict
from deskcore.hooks.sources import find_plugins
from deskcore.runtime import runtime
from deskcore.viewer import SYSTEM
from deskcore.web.admin.audit_words import FIELDS
from deskcore.work import acting_as, unit_of_work

from .administration import Administration
from .explained import EXPLAINED, NOT_ADMINISTRATIVE, Entries, Tables, unexplained

PLUGINS = Path(__file__).parents[1] / "plugins"
#: Random operations of one run, and of one database: the more rows there are, the longer it takes to look at them.
OPERATIONS = int(os.environ.get("AUDIT_OPERATIONS", "60"))
ROUND = 400
#: Actions whose rows lie elsewhere, or that leave none.
NO_ROW_OF_THEIR_OWN = {
    "break_glass.asked", "break_glass.given", "break_glass.withdrawn", "import.started", "sign_in.locked",
    "sign_in.privileged",
}  # fmt: skip
#: Actions that no operation here leads to: other tests look for them, and what happens to a plugin varies.
ELSEWHERE = {
    "answer.key_made", "answer.revealed",
    "backup.made", "backup.restored", "break_glass.expired", "break_glass.refused", "demo.made", "log.broken",
    "plugin.blocked", "plugin.changed", "plugin.incompatible",
    "plugin.missing", "plugin.paused", "plugin.purged", "plugin.updated", "see_as.begun", "see_as.ended", "ticket.read",
    "ticket.followed_up", "ticket.released",
    "work.discarded",
    "work.released", "work.retried",
}  # fmt: skip


@pytest.fixture
def administration(database_url: str, tmp_path: Path, seed: int) -> Iterator[Administration]:
    """An installation with two plugins of the tests."""
    engine = sa.create_engine(database_url, **engine_options(database_url, AUDIT_KEYS))
    dummies = find_plugins([PLUGINS]).declarations
    with state.own_transaction(engine) as connection:
        state.first_sight(connection, dummies, ("dummy_all",))
    assert Migrations(engine, dummies).upgrade_plugin("dummy_all")
    engine.dispose()
    app = create_app({**_settings(tmp_path, database_url), "plugin_folders": (str(PLUGINS),)})
    with app.app_context(), acting_as(SYSTEM):
        yield Administration(tmp_path, seed)
        db.session.rollback()
        db.engine.dispose()


@pytest.mark.parametrize("seed", range(-(-OPERATIONS // ROUND)))
def test_random_operations_leave_no_change_unexplained(administration: Administration) -> None:
    count: Counter[str] = Counter()
    operations = min(OPERATIONS, ROUND)
    for _ in range(operations):
        operation = administration.random.choice(administration.operations)
        before, after, entries = administration.run(operation)
        assert unexplained(before, after, entries) == [], operation.__name__
        count += Counter(entry.action for entry in entries)
    result = audit.verify(db.session)
    assert result.broken is None
    report = f"{operations} operations, {result.checked} entries, 0 changes unexplained: {dict(count.most_common())}"
    print(report)  # noqa: T201  (what `make test-audit` shows)


@pytest.mark.parametrize(("database", "seed"), [("sqlite", 20)])
def test_each_action_is_missed_when_it_is_not_recorded(administration: Administration) -> None:
    """Run every operation, then look again without the entries of one action: something must be unexplained."""
    ran = [administration.run(operation) for operation in administration.operations for _ in range(2)]
    assert not [words for each in ran for words in unexplained(*each)]
    recorded = {entry.action for _before, _after, entries in ran for entry in entries}
    unmissed = {action for action in recorded if not any(unexplained(*without(action, each)) for each in ran)}
    assert unmissed == NO_ROW_OF_THEIR_OWN
    assert set(audit.ACTIONS) - recorded <= ELSEWHERE
    said = {key for _before, _after, entries in ran for entry in entries for key in (*entry.before, *entry.after)}
    assert {key.partition(".")[0] for key in said} <= FIELDS.keys()


def without(action: str, ran: tuple[Tables, Tables, Entries]) -> tuple[Tables, Tables, Entries]:
    before, after, entries = ran
    return before, after, [entry for entry in entries if entry.action != action]


def test_every_table_of_people_desks_and_plugins_is_watched_or_says_why_not() -> None:
    areas = ("deskcore.people.", "deskcore.desks.", "deskcore.hooks.", "deskcore.organisation.")
    tables = {
        mapper.local_table.name
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith(areas) and isinstance(mapper.local_table, sa.Table)
    }
    assert tables == EXPLAINED.keys() | NOT_ADMINISTRATIVE.keys()


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize("became", ["blocked", "disabled", "incompatible", "missing", "quarantined"])
def test_whatever_becomes_of_a_plugin_is_recorded(app_context: Flask, became: State) -> None:
    plugins = runtime().plugins
    [name] = plugins.loaded
    with unit_of_work() as session:
        state.record(session, {name: Verdict(became)}, plugins.declarations)
    newest = audit.read_entries(db.session, audit.Wanted(), 1)[0]
    assert (newest.action, newest.subject) == (f"plugin.{became}", name)
    assert (newest.before["state"], newest.after["state"]) == ("enabled", became)


#: Functions that write administrative rows and record nothing themselves, and who does it for them.
RECORDED_ABOVE = {
    "deskcore/desks/administration.py: edit": "whoever calls it records what it changes",
    "deskcore/organisation/services.py: _row": "change_look and set_logo record it",
    "deskcore/desks/editing.py: _put": "save, create and offer record it",
    "deskcore/desks/services.py: _store_desk": "load_catalogue records what differs",
    "deskcore/desks/services.py: _store_type": "load_catalogue records what differs",
    "deskcore/demo/seeding.py: _add_people": "seed records the demo",
    "deskcore/demo/seeding.py: _staff": "seed records the demo",
    "deskcore/importing/people.py: _write": "import_people records the run",
    "deskcore/importing/people.py: _write_managers": "import_people records the run",
    "deskcore/importing/ticket_batches.py: _learn_people": "import_tickets records the run",
    "deskcore/hooks/state.py: _see": "first_sight, enable and disable record what differs",
    "deskcore/hooks/state.py: _store": "record, enable and disable record what differs",
    "deskcore/hooks/state.py: note_schema": "the migration records the revision",
    "deskcore/people/signing_in.py: forget_old_sign_ins": "what has expired gives nobody anything",
    "deskcore/people/services.py: replace_password": "whoever calls it records by which way",
    "deskcore/people/handed_out.py: void_tokens": "grant and revoke_tokens record it",
    "deskcore/people/handed_out.py: void_handed_out": "grant records it",
    "deskcore/tickets/unnamed.py: _nobody": "stands for all whose names are not stored, and can do nothing",
}


def writes_and_records_nothing(tree: ast.Module, administrative: set[str]) -> Iterator[str]:
    """Yield the functions that add, change or delete rows of administrative models without a call that records it."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        named = {name for call in calls if called(call) in WRITING for name in names_in(call)}
        made = {called(call) for call in calls if {"add", "merge", "add_all"} & {called(other) for other in calls}}
        if (named | made) & administrative and not RECORDING & {called(call) for call in calls}:
            yield function.name


WRITING = {"insert", "update", "delete", "insert_into", "merge", "upsert", "delete_in_pieces"}
RECORDING = {"record", "recorded", "_audited", "changing_desks", "record_changes"}


def called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def names_in(call: ast.Call) -> set[str]:
    return {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}


def administrative_models() -> set[str]:
    return {mapper.class_.__name__ for mapper in Base.registry.mappers if mapper.local_table.name in EXPLAINED}


@pytest.mark.parametrize(
    "line",
    ["session.execute(delete(DeskGrant))", "session.add(Person(name=name))", "session.merge(DeskGrant(role=role))"],
)
def test_the_rule_notices_a_function_that_records_nothing(line: str) -> None:
    models = administrative_models()
    assert list(writes_and_records_nothing(ast.parse(f"def f(session):\n    {line}"), models)) == ["f"]
    recorded = f"def f(session):\n    {line}\n    audit.record(session)"
    assert not list(writes_and_records_nothing(ast.parse(recorded), models))


def test_whoever_writes_administrative_rows_records_it() -> None:
    root = Path(deskcore.__file__).parent
    models = administrative_models()
    found = {
        f"{path.relative_to(root.parent).as_posix()}: {name}"
        for path in sorted(root.rglob("*.py"))
        if "migrations" not in path.parts
        for name in writes_and_records_nothing(ast.parse(path.read_text(encoding="utf-8")), models)
    }
    assert found == RECORDED_ABOVE.keys()
