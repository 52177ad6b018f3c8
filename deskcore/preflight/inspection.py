"""The upgrade preflight: everything that would keep the plugins from working with a Deskcore."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from sqlalchemy.engine import Engine

from deskcore.hooks.resolution import resolve
from deskcore.hooks.sources import Found
from deskcore.hooks.state import read_states
from deskcore.preflight import findings, tables
from deskcore.preflight.edits import Edits, of_catalogue, read_edits
from deskcore.preflight.findings import Finding, Target
from deskcore.preflight.usage import read_usage


@dataclass(frozen=True)
class Recorded:
    """What the database knows.

    :param wanted: by plugin that was ever seen, whether it is switched on.
    :param revisions: by owner of tables; nothing where the database has none yet.
    """

    wanted: Mapping[str, bool] = field(default_factory=dict)
    revisions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    edits: Edits = field(default_factory=dict)


def recorded(opened: AbstractContextManager[Engine]) -> Recorded:
    """Read what the database knows.

    :raises SQLAlchemyError: when it is away.
    """
    with opened as engine, tables.reading(engine) as connection:
        revisions = tables.held_revisions(connection)
        if not revisions.get(""):
            return Recorded()
        rows = read_states(connection)
        return Recorded({name: row.wanted for name, row in rows.items()}, revisions, read_edits(connection))


def inspect(found: Found, target: Target, known: Recorded | None, names: Collection[str] = ()) -> Iterator[Finding]:
    """Yield what to do before, or after, the plugins run with the target.

    :param found: read for the version of the target.
    :param known: nothing while the database is away; then every plugin counts as switched on.
    :param names: the plugins that it is about; left out, all.
    """
    if known is not None and known.revisions:
        yield from tables.of_core(known.revisions.get("", frozenset()), target)
    wanted = set(found.declarations) if known is None else {name for name, on in known.wanted.items() if on}
    for copy in found.ignored:
        if not names or copy.name in names:
            yield Finding(copy.name, "copy", str(copy.problem))
    verdicts = resolve(found.declarations, wanted, seen=known.wanted if known else ())
    for name, verdict in sorted((name, it) for name, it in verdicts.items() if not names or name in names):
        declaration = found.declarations.get(name)
        outside = list(findings.of_range(declaration, target.version)) if declaration else []
        yield from outside
        if verdict.reason is not None and not outside:
            yield Finding(name, _RULES.get(verdict.state, "state"), str(verdict.reason))
        if declaration is not None and declaration.path is not None:
            yield from findings.of_libraries(declaration, target)
            for use in read_usage(declaration.path):
                yield from findings.of_source(name, use, target)
            if known is not None and known.revisions:
                yield from tables.of_plugin(declaration, known.revisions, wanted)
                yield from of_catalogue(declaration, known.edits)


_RULES = {"incompatible": "manifest", "blocked": "requirement", "missing": "missing"}
